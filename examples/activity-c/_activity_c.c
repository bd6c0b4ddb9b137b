/* A live processor in plain C: y = a |x| + (1 - a) y, for every channel. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "groundup/processor.h"

typedef struct {
    groundup_processor processor;
    groundup_latency latency;
    double tau_s, a;
    double memory[];    /* one a channel */
} Activity;

static int32_t activate(void *state, double rate, uint32_t max_samples)
{
    Activity *self = state;
    (void)max_samples;
    self->a = -expm1(-1.0 / (self->tau_s * rate));
    return rate > 0.0 ? 0 : 1;
}

static int32_t process(void *state, const double *in, uint32_t n, double *out, uint32_t *out_n,
                       groundup_event *events, uint32_t *event_n)
{
    Activity *self = state;
    uint32_t channels = self->processor.in_channels;
    (void)events;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t c = 0; c < channels; c++, in++, out++)
            *out = self->memory[c] = self->a * fabs(*in) + (1.0 - self->a) * self->memory[c];
    *out_n = n;
    *event_n = 0;
    return 0;
}

static void reset(void *state)
{
    Activity *self = state;
    memset(self->memory, 0, self->processor.in_channels * sizeof(double));
}

static void destroy(void *state)
{
    (void)state;    /* `activate` took nothing */
}

static double seconds(void *state)
{
    return ((Activity *)state)->tau_s;
}

static const void *extension(void *state, const char *id)
{
    return strcmp(id, GROUNDUP_LATENCY) == 0 ? &((Activity *)state)->latency : NULL;
}

static void let_go(PyObject *capsule)
{
    free(((groundup_processor *)PyCapsule_GetPointer(capsule, GROUNDUP_PROCESSOR_CAPSULE))->state);
}

static PyObject *make(PyObject *module, PyObject *arguments)
{
    unsigned int channels;
    double tau_s;
    if (!PyArg_ParseTuple(arguments, "Id", &channels, &tau_s))
        return NULL;
    Activity *self = calloc(1, sizeof(Activity) + channels * sizeof(double));
    if (self == NULL)
        return PyErr_NoMemory();
    self->tau_s = tau_s;
    self->latency = (groundup_latency){sizeof(groundup_latency), seconds};
    self->processor = (groundup_processor){
        .struct_size = sizeof(groundup_processor), .version = GROUNDUP_PROCESSOR_VERSION, .state = self,
        .in_channels = channels, .out_channels = channels, .up = 1, .down = 1, .gap = GROUNDUP_GAP_RESET,
        .activate = activate, .process = process, .reset = reset, .destroy = destroy, .extension = extension};
    PyObject *capsule = PyCapsule_New(&self->processor, GROUNDUP_PROCESSOR_CAPSULE, let_go);
    if (capsule == NULL)
        free(self);
    return capsule;
}

static PyMethodDef functions[] = {{"make", make, METH_VARARGS, "make(channels, tau_s) -> processor"}, {NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_activity_c", NULL, 0, functions};

PyMODINIT_FUNC PyInit__activity_c(void)
{
    return PyModuleDef_Init(&definition);
}
