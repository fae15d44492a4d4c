/* Bytes, times, and the end. */
#include "swarm.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("swarm: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(1);
}

uint64_t clock_ns(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time) != 0)
        return 0;
    return (uint64_t)time.tv_sec * SECOND_NS + (uint64_t)time.tv_nsec;
}

void append(struct bytes *bytes, const void *data, size_t length)
{
    if (length == 0)
        return;
    if (bytes->used + length > bytes->size) {
        bytes->size = 2 * (bytes->used + length);
        bytes->at = realloc(bytes->at, bytes->size);
        if (bytes->at == NULL)
            die("out of memory");
    }
    memcpy(bytes->at + bytes->used, data, length);
    bytes->used += length;
}

void drop_front(struct bytes *bytes, size_t length)
{
    bytes->used -= length;
    memmove(bytes->at, bytes->at + length, bytes->used);
}

void release(struct bytes *bytes)
{
    free(bytes->at);
    *bytes = (struct bytes){0};
}

bool begins_with(const uint8_t *data, size_t length, const void *prefix, size_t prefix_bytes)
{
    return length >= prefix_bytes && (prefix_bytes == 0 || memcmp(data, prefix, prefix_bytes) == 0);
}

void record(struct spread *spread, uint64_t ns)
{
    uint64_t bucket = ns / BUCKET_NS;
    spread->buckets[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    spread->count++;
    if (ns > spread->max_ns)
        spread->max_ns = ns;
}

/* The nearest-rank percentile, to the middle of its bucket. */
static uint64_t percentile(const struct spread *spread, unsigned percent)
{
    uint64_t rank = (spread->count * percent + 99) / 100, seen = 0;
    for (uint64_t bucket = 0; bucket < BUCKETS - 1; bucket++) {
        seen += spread->buckets[bucket];
        if (seen >= rank) {
            uint64_t middle = bucket * BUCKET_NS + BUCKET_NS / 2;
            return middle < spread->max_ns ? middle : spread->max_ns;
        }
    }
    return spread->max_ns;
}

void print_spread(const char *name, const struct spread *spread)
{
    printf(" %s=%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, name, spread->count,
           percentile(spread, 50), percentile(spread, 95), percentile(spread, 99), spread->max_ns);
}

