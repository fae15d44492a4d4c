/* What the parts of the swarm share. */
#ifndef SWARM_H
#define SWARM_H

#define _GNU_SOURCE
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

enum { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

enum {
    UNACKNOWLEDGED = 256, /* inputs whose times a client remembers */
    MAX_INPUT_BYTES = 1024,
    MAX_MESSAGE_BYTES = 1 << 20,
    MAX_LIST = 256,       /* hellos, replies, inputs, processes */
    BUCKET_NS = 10000,
    BUCKETS = 500000,     /* 5 s; what is longer falls into the last one */
};

#define SECOND_NS UINT64_C(1000000000)

/* swarm_base.c */

struct bytes {
    uint8_t *at;
    size_t used, size;
};

void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
uint64_t clock_ns(clockid_t clock);
void append(struct bytes *bytes, const void *data, size_t length);
void drop_front(struct bytes *bytes, size_t length);
void release(struct bytes *bytes);
bool begins_with(const uint8_t *data, size_t length, const void *prefix, size_t prefix_bytes);

struct spread {
    uint64_t count, max_ns;
    uint32_t buckets[BUCKETS];
};

void record(struct spread *spread, uint64_t ns);
void print_spread(const char *name, const struct spread *spread);

/* swarm.c: how the server is spoken to, and what is measured */

struct reply {
    uint8_t opcode, answer_opcode;
    struct bytes prefix, answer;
};

struct template {
    bool numbered;
    struct bytes head, tail; /* around the number */
};

struct dialect {
    struct bytes hellos[MAX_LIST];
    struct reply replies[MAX_LIST];
    struct template inputs[MAX_LIST];
    size_t hello_count, reply_count, input_count;
    struct bytes snapshot;
    uint8_t snapshot_opcode, input_opcode;
    uint64_t input_period_ns; /* 0: no inputs */
    bool reads_gameserver;
};
extern struct dialect dialect;

struct window {
    uint64_t began_ns, cpu_ns, own_cpu_ns;
    uint64_t snapshots, bytes, inputs, missed, errors;
    struct spread interval, ack;
    clockid_t clocks[MAX_LIST]; /* of the processes whose CPU time is measured */
    size_t clock_count;
};
extern struct window window;

/* swarm_client.c: connections */

enum state { QUEUED, CONNECTING, UPGRADING, GREETING, PLAYING, LOST, STATES };

struct client {
    int fd;
    enum state state;
    uint32_t number;
    char *path;
    struct bytes unread;    /* the beginning of a frame, or of the answer to the upgrade */
    struct bytes fragments; /* the beginning of a message, of whole frames */
    uint8_t fragments_opcode;
    struct bytes unsent;
    uint64_t snapshot_ns;   /* when the last one came */
    uint32_t tick;          /* the last one's */
    uint32_t seq, acked;
    uint64_t sent_ns[UNACKNOWLEDGED]; /* by seq */
    uint32_t random;
    uint32_t input;         /* the template that is held */
    uint64_t change_ns;     /* until then */
    bool waits;             /* leaves its next input out */
    uint32_t waited_tick;   /* when it last did */
};

struct crowd {
    struct client **all;
    uint32_t count, next_queued, in_state[STATES];
    bool growing;
    int epoll_fd;
    char host[300]; /* as in the header */
    struct sockaddr_storage address;
    socklen_t address_bytes;
};
extern struct crowd crowd;

void add_client(const char *path, uint32_t seed);
void let_in_the_next(void);
void handle(struct client *client, uint32_t events);
void enter(struct client *client, enum state state);
void complain(const struct client *client, const char *what);
void lose(struct client *client, const char *format, ...) __attribute__((format(printf, 2, 3)));
void say(struct client *client, uint8_t opcode, const uint8_t *payload, size_t length);

/* swarm_play.c: what clients do */

void take_message(struct client *client, uint8_t opcode, const uint8_t *data, size_t length, uint64_t now);
int make_input_timer(void);
void begin_schedule(void);
void send_due_inputs(void);

#endif
