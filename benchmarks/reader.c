/* A bare liblsl reader: a thread blocked on each stream, the least latency that the library has to give.
 *
 * reader PREDICATE COUNT: waits for COUNT streams, reads them until standard input closes, then prints a line for each
 * sample of streams named *plate* ("S name stamp arrived") and of text streams ("E text arrived"); times in the LSL clock.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef void *lsl_streaminfo;
typedef void *lsl_inlet;
extern int32_t lsl_resolve_bypred(lsl_streaminfo *, uint32_t, const char *, int32_t, double);
extern lsl_inlet lsl_create_inlet(lsl_streaminfo, int32_t, int32_t, int32_t);
extern void lsl_open_stream(lsl_inlet, double, int32_t *);
extern double lsl_pull_sample_f(lsl_inlet, float *, int32_t, double, int32_t *);
extern double lsl_pull_sample_str(lsl_inlet, char **, int32_t, double, int32_t *);
extern double lsl_local_clock(void);
extern const char *lsl_get_name(lsl_streaminfo);
extern int32_t lsl_get_channel_count(lsl_streaminfo);
extern int32_t lsl_get_channel_format(lsl_streaminfo);

enum { MOST = 64, STRING = 3, WIDEST = 512 };

struct record {
    double stamp, arrived;
    char *text;
};

struct stream {
    lsl_inlet inlet;
    const char *name;
    int channels, text, kept;
    struct record *records;
    size_t count, room;
    pthread_t thread;
};

static volatile int stopping;

static void keep(struct stream *s, double stamp, char *text)
{
    if (s->count == s->room) {
        s->room = 2 * s->room + 4096;
        s->records = realloc(s->records, s->room * sizeof(struct record));
    }
    s->records[s->count++] = (struct record){stamp, lsl_local_clock(), text};
}

static void *read_stream(void *argument)
{
    struct stream *s = argument;
    float values[WIDEST];
    char *text = NULL;
    int32_t error;
    while (!stopping) {
        double stamp = s->text ? lsl_pull_sample_str(s->inlet, &text, 1, 0.5, &error)
                               : lsl_pull_sample_f(s->inlet, values, s->channels, 0.5, &error);
        if (stamp != 0.0 && s->kept)
            keep(s, stamp, s->text ? text : NULL);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static struct stream streams[MOST];
    lsl_streaminfo found[MOST];
    char byte;
    int32_t error;
    int wanted = argc > 2 ? atoi(argv[2]) : 1;
    int count = lsl_resolve_bypred(found, MOST, argv[1], wanted, 60.0);
    if (count < wanted)
        return 1;
    for (int i = 0; i < count; i++) {
        struct stream *s = &streams[i];
        s->name = lsl_get_name(found[i]);
        s->channels = lsl_get_channel_count(found[i]);
        s->text = lsl_get_channel_format(found[i]) == STRING;
        s->kept = s->text || strstr(s->name, "plate") != NULL;
        s->inlet = lsl_create_inlet(found[i], 60, 0, 1);
        lsl_open_stream(s->inlet, 20.0, &error);
        pthread_create(&s->thread, NULL, read_stream, s);
    }
    printf("ready\n");
    fflush(stdout);
    while (read(0, &byte, 1) > 0)
        ;
    stopping = 1;
    for (int i = 0; i < count; i++) {
        pthread_join(streams[i].thread, NULL);
        for (size_t k = 0; k < streams[i].count; k++) {
            struct record *r = &streams[i].records[k];
            if (streams[i].text)
                printf("E\t%s\t%.9f\n", r->text, r->arrived);
            else
                printf("S\t%s\t%.9f\t%.9f\n", streams[i].name, r->stamp, r->arrived);
        }
    }
    return 0;
}
