/* A detector in C: one function that is given one sample of one channel. See burst_c.py for what it does. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>

#include "groundup/processor.h"

enum kind { BURST, REST };    /* in the order of `Burst.kinds` */

typedef struct {    /* as `Burst.memory` makes it: what it is set to, and what it knows */
    double rest, deviations, least;
    double seen, mean, squares, level, active, run, peak;
} Memory;

static int32_t detect(void *memory, double x, groundup_event *event)
{
    Memory *m = memory;
    if (m->seen < m->rest) {    /* Welford's mean and sum of squares */
        double off = x - m->mean;
        m->seen += 1;
        m->mean += off / m->seen;
        m->squares += off * (x - m->mean);
        m->level = m->mean + m->deviations * sqrt(m->squares / m->rest);
        return 0;
    }
    if (x > m->level && x > m->peak)
        m->peak = x;
    if ((x > m->level) == (m->active != 0)) {
        m->run = 0;
        if (!m->active)
            m->peak = 0;
        return 0;
    }
    m->run += 1;
    if (m->run < m->least)
        return 0;
    m->active = !m->active;
    m->run = 0;
    event->sample -= (int64_t)m->least - 1;
    event->kind = m->active ? BURST : REST;
    if (!m->active) {
        event->value = m->peak;
        m->peak = 0;
    }
    return 1;
}

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_burst_c", NULL, -1, NULL};

PyMODINIT_FUNC PyInit__burst_c(void)
{
    PyObject *module = PyModule_Create(&definition);
    PyObject *address = module ? PyLong_FromUnsignedLongLong((uintptr_t)detect) : NULL;
    if (address == NULL || PyModule_AddObjectRef(module, "detect", address) < 0)
        Py_CLEAR(module);
    Py_XDECREF(address);
    return module;
}
