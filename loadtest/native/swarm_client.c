/* The clients' connections: from the queue through connect, upgrade and first snapshot to the end. */
#include "swarm.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    ARRIVING_AT_ONCE = 64, /* more would overrun a server's accept queue */
    MAX_UNSENT_BYTES = 1 << 22,
    READ_BYTES = 1 << 18,
    COMPLAINTS_TOLD = 5,
};

struct crowd crowd;

void add_client(const char *path, uint32_t seed)
{
    struct client *client = calloc(1, sizeof *client);
    if (crowd.count % 1024 == 0)
        crowd.all = realloc(crowd.all, (crowd.count + 1024) * sizeof *crowd.all);
    if (client == NULL || crowd.all == NULL || (client->path = strdup(path)) == NULL)
        die("out of memory");
    client->fd = -1;
    client->number = crowd.count;
    client->random = (seed + crowd.count) * 2654435761u | 1; /* never 0 */
    crowd.all[crowd.count++] = client;
    crowd.in_state[QUEUED]++;
}

void enter(struct client *client, enum state state)
{
    crowd.in_state[client->state]--;
    crowd.in_state[state]++;
    client->state = state;
}

void complain(const struct client *client, const char *what)
{
    static unsigned told;
    if (told++ < COMPLAINTS_TOLD)
        fprintf(stderr, "swarm: client %" PRIu32 ": %s\n", client->number, what);
}

/* Ends a connection: a failure of `grow` while the client arrives, a loss afterwards. */
void lose(struct client *client, const char *format, ...)
{
    if (client->state == LOST)
        return;
    char why[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    if (client->state == PLAYING) {
        complain(client, why);
    } else if (crowd.growing) {
        crowd.growing = false;
        printf("failed client %" PRIu32 ": %s\n", client->number, why);
        fflush(stdout);
    }
    enter(client, LOST);
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    release(&client->unread);
    release(&client->fragments);
    release(&client->unsent);
}

static void watch(const struct client *client, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u32 = client->number};
    if (epoll_ctl(crowd.epoll_fd, operation, client->fd, &event) != 0)
        die("epoll_ctl: %s", strerror(errno));
}

/* Sending. */

static void flush(struct client *client)
{
    ssize_t sent = send(client->fd, client->unsent.at, client->unsent.used, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0)
        drop_front(&client->unsent, (size_t)sent);
    else if (errno != EAGAIN)
        lose(client, "sending failed: %s", strerror(errno));
    if (client->state != LOST && client->unsent.used == 0)
        watch(client, EPOLL_CTL_MOD, EPOLLIN);
}

static void send_bytes(struct client *client, const void *data, size_t length)
{
    if (client->state == LOST)
        return;
    if (client->unsent.used > 0) {
        append(&client->unsent, data, length);
        if (client->unsent.used > MAX_UNSENT_BYTES)
            lose(client, "the server doesn't read");
        return;
    }
    ssize_t sent = send(client->fd, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) {
        lose(client, "sending failed: %s", strerror(errno));
        return;
    }
    size_t done = sent < 0 ? 0 : (size_t)sent;
    if (done < length) {
        append(&client->unsent, (const uint8_t *)data + done, length - done);
        watch(client, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    }
}

/* Sends one frame, masked as a client's must be: by zeros, which leave it as it is. */
void say(struct client *client, uint8_t opcode, const uint8_t *payload, size_t length)
{
    static struct bytes frame;
    uint8_t head[14] = {(uint8_t)(0x80 | opcode)};
    size_t head_bytes = 2;
    if (length < 126) {
        head[1] = (uint8_t)(0x80 | length);
    } else {
        bool big = length > 65535;
        head[1] = 0x80 | (big ? 127 : 126);
        for (int shift = big ? 56 : 8; shift >= 0; shift -= 8)
            head[head_bytes++] = (uint8_t)((uint64_t)length >> shift);
    }
    frame.used = 0;
    append(&frame, head, head_bytes + 4);
    append(&frame, payload, length);
    send_bytes(client, frame.at, frame.used);
}

/* Receiving. */

static void take_frame(struct client *client, uint8_t head, const uint8_t *data, size_t length, uint64_t now)
{
    uint8_t opcode = head & 0x0f;
    bool last = head & 0x80;
    window.bytes += length;
    if (opcode == PING) {
        say(client, PONG, data, length);
    } else if (opcode == CLOSE && length < 2) {
        lose(client, "closed by the server without a code");
    } else if (opcode == CLOSE) {
        lose(client, "closed by the server with %d%s%.*s", data[0] << 8 | data[1], length > 2 ? ": " : "",
             (int)length - 2, (const char *)data + 2);
    } else if (opcode == CONTINUATION || !last) {
        if (opcode != CONTINUATION) {
            client->fragments.used = 0;
            client->fragments_opcode = opcode;
        }
        append(&client->fragments, data, length);
        if (client->fragments.used > MAX_MESSAGE_BYTES)
            lose(client, "a message of more than %d bytes", MAX_MESSAGE_BYTES);
        else if (last)
            take_message(client, client->fragments_opcode, client->fragments.at, client->fragments.used, now);
    } else if (opcode != PONG) {
        take_message(client, opcode, data, length, now);
    }
}

/* Takes the first whole frame; gives its bytes, or 0 where there is none. */
static size_t take_first_frame(struct client *client, const uint8_t *data, size_t length, uint64_t now)
{
    if (length < 2)
        return 0;
    size_t head_bytes = 2;
    uint64_t payload_bytes = data[1] & 0x7f;
    if (payload_bytes >= 126) {
        head_bytes = payload_bytes == 126 ? 4 : 10;
        if (length < head_bytes)
            return 0;
        payload_bytes = 0;
        for (size_t i = 2; i < head_bytes; i++)
            payload_bytes = payload_bytes << 8 | data[i];
    }
    if (data[1] & 0x80) {
        lose(client, "a masked frame from a server");
        return 0;
    }
    if (payload_bytes > MAX_MESSAGE_BYTES) {
        lose(client, "a frame of more than %d bytes", MAX_MESSAGE_BYTES);
        return 0;
    }
    if (length - head_bytes < payload_bytes)
        return 0;
    take_frame(client, data[0], data + head_bytes, (size_t)payload_bytes, now);
    return head_bytes + (size_t)payload_bytes;
}

/* Takes the answer to the upgrade; gives its bytes, or 0 where it isn't whole. Whether Sec-WebSocket-Accept is right
 * is not looked at: a swarm is for servers that one knows. */
static size_t take_upgrade(struct client *client, const uint8_t *data, size_t length)
{
    static const char accepted[] = "HTTP/1.1 101 ";
    const uint8_t *end = memmem(data, length, "\r\n\r\n", 4);
    if (end == NULL) {
        if (length > READ_BYTES)
            lose(client, "an endless answer to the upgrade");
        return 0;
    }
    size_t head_bytes = (size_t)(end - data) + 4;
    if (!begins_with(data, length, accepted, sizeof accepted - 1)) {
        const char *body = (const char *)end + 4;
        int line_bytes = (int)((const uint8_t *)memchr(data, '\r', length) - data);
        int body_bytes = (int)strcspn(body, "\r\n"); /* `receive` puts a zero at the end */
        lose(client, "refused: %.*s%s%.*s", line_bytes, (const char *)data, body_bytes ? ": " : "", body_bytes, body);
        return 0;
    }
    enter(client, GREETING);
    for (size_t i = 0; i < dialect.hello_count; i++)
        say(client, TEXT, dialect.hellos[i].at, dialect.hellos[i].used);
    return head_bytes;
}

/* The time of a frame is that of the read it came with. So it holds the swarm's own lateness too, never less than the
 * server's. */
static void receive(struct client *client)
{
    static uint8_t buffer[MAX_MESSAGE_BYTES + 2 * READ_BYTES + 1];
    size_t length = client->unread.used, taken = 0;
    if (length > 0)
        memcpy(buffer, client->unread.at, length);
    ssize_t received = recv(client->fd, buffer + length, READ_BYTES, MSG_DONTWAIT);
    uint64_t now = clock_ns(CLOCK_MONOTONIC);
    if (received < 0 && errno == EAGAIN)
        return;
    if (received <= 0) {
        lose(client, "the connection broke: %s", received < 0 ? strerror(errno) : "the server hung up");
        return;
    }
    length += (size_t)received;
    buffer[length] = 0;
    client->unread.used = 0;
    while (client->state != LOST && taken < length) {
        size_t one = client->state == UPGRADING ? take_upgrade(client, buffer + taken, length - taken)
                                                : take_first_frame(client, buffer + taken, length - taken, now);
        if (one == 0)
            break;
        taken += one;
    }
    if (client->state != LOST)
        append(&client->unread, buffer + taken, length - taken);
}

/* Arriving. */

static void begin_connecting(struct client *client)
{
    enter(client, CONNECTING);
    client->fd = socket(crowd.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->fd < 0) {
        lose(client, "no socket: %s (see ulimit -n)", strerror(errno));
        return;
    }
    int on = 1;
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(client->fd, (struct sockaddr *)&crowd.address, crowd.address_bytes) != 0 && errno != EINPROGRESS) {
        lose(client, "connecting to %s failed: %s%s", crowd.host, strerror(errno),
             errno == EADDRNOTAVAIL ? " (out of local ports)" : "");
        return;
    }
    watch(client, EPOLL_CTL_ADD, EPOLLOUT);
}

static void ask_for_upgrade(struct client *client)
{
    int error = 0;
    socklen_t error_bytes = sizeof error;
    getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &error_bytes);
    if (error != 0) {
        lose(client, "connecting to %s failed: %s", crowd.host, strerror(error));
        return;
    }
    enter(client, UPGRADING);
    watch(client, EPOLL_CTL_MOD, EPOLLIN);
    char request[4096];
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                          client->path, crowd.host);
    if ((size_t)length >= sizeof request)
        lose(client, "its path is too long");
    else
        send_bytes(client, request, (size_t)length);
}

void let_in_the_next(void)
{
    while (crowd.next_queued < crowd.count &&
           crowd.in_state[CONNECTING] + crowd.in_state[UPGRADING] + crowd.in_state[GREETING] < ARRIVING_AT_ONCE)
        begin_connecting(crowd.all[crowd.next_queued++]);
    if (crowd.growing && crowd.in_state[PLAYING] + crowd.in_state[LOST] == crowd.count) {
        crowd.growing = false;
        begin_schedule();
        puts("grown");
        fflush(stdout);
    }
}

void handle(struct client *client, uint32_t events)
{
    if (client->state == CONNECTING) {
        ask_for_upgrade(client);
        return;
    }
    if (client->state != LOST && events & EPOLLOUT)
        flush(client);
    if (client->state != LOST && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        receive(client);
}

