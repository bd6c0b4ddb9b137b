// The theme that was chosen last, before anything is drawn.
try { const kept = localStorage.getItem("groundup.theme"); if (kept) document.documentElement.dataset.theme = kept; } catch { /* a private window keeps nothing */ }
