/* The kernels for one W. */
#include "lanes.h"

typedef void (*LANES(Step))(const groundup_kernel* self, double* state, size_t at, size_t channel, double* tile,
                            size_t rows);

#include "tile.h"

#include "held.h"

#include "cascade_lanes.h"
#include "direct_lanes.h"
#include "phase_lanes.h"
#include "resample_lanes.h"

#undef W
#undef vec
#undef bits
#undef TRUTH
#undef PASTE_
#undef PASTE
#undef LANES
