"""Contacts, strides, stances, rises and walking bouts, out of events."""
