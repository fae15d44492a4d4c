/* The floor: what the kernel charges for sending. A server that does nothing but send one prebuilt WebSocket frame to
 * each of its connections, in turn, RATE_HZ times a second. What clients send is read and dropped.
 *
 *   floor PORT RATE_HZ FRAME_BYTES      (port 0: any; prints "listening PORT")
 *
 * It ends with SIGTERM or with its parent, and then prints "sent=N skipped=N late=N": frames sent, frames not sent
 * because a connection took no more, and turns given up because the one before took too long.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { MAX_OPEN_FILES = 65536, MAX_EVENTS = 256, MAX_REQUEST_BYTES = 8192, MAX_FRAME_BYTES = 1 << 20 };

/* Right for the sample key of RFC 6455, section 1.3, which the swarm always sends, and for no other. */
static const char upgraded[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

struct connection {
    bool open, upgraded;
    size_t owed;        /* bytes at the frame's end that are still to be sent */
    size_t request_end; /* how much of the blank line after the request has come */
    size_t request_bytes;
};

static struct connection connections[MAX_OPEN_FILES]; /* by descriptor */
static int highest = -1, epoll_fd;
static uint8_t *frame;
static size_t frame_bytes;
static uint64_t sent, skipped, late;

static void die(const char *what)
{
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void build_frame(size_t payload_bytes)
{
    frame = calloc(1, payload_bytes + 10);
    if (frame == NULL)
        die("memory");
    size_t at = 2;
    frame[0] = 0x82; /* binary, whole */
    frame[1] = (uint8_t)(payload_bytes < 126 ? payload_bytes : payload_bytes < 65536 ? 126 : 127);
    if (payload_bytes >= 126)
        for (int shift = payload_bytes < 65536 ? 8 : 56; shift >= 0; shift -= 8)
            frame[at++] = (uint8_t)((uint64_t)payload_bytes >> shift);
    frame_bytes = at + payload_bytes;
}

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        die("epoll");
}

static void hang_up(int fd)
{
    connections[fd] = (struct connection){0};
    close(fd);
}

static void take_all(int listener)
{
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        if (fd >= MAX_OPEN_FILES) {
            close(fd);
            continue;
        }
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connections[fd] = (struct connection){.open = true};
        if (fd > highest)
            highest = fd;
        watch(fd);
    }
    if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
        die("accept");
}

/* Reads on to the end of the request, and answers it. */
static void upgrade(int fd, const uint8_t *data, size_t length)
{
    static const char blank_line[] = "\r\n\r\n";
    struct connection *connection = &connections[fd];
    for (size_t i = 0; i < length && connection->request_end < 4; i++) {
        if (data[i] == (uint8_t)blank_line[connection->request_end])
            connection->request_end++;
        else
            connection->request_end = data[i] == '\r';
    }
    connection->request_bytes += length;
    if (connection->request_end == 4) {
        connection->upgraded = true;
        if (send(fd, upgraded, sizeof upgraded - 1, MSG_NOSIGNAL) != sizeof upgraded - 1)
            hang_up(fd);
    } else if (connection->request_bytes > MAX_REQUEST_BYTES) {
        hang_up(fd);
    }
}

static void receive(int fd)
{
    static uint8_t data[65536];
    ssize_t length = recv(fd, data, sizeof data, MSG_DONTWAIT);
    if (length == 0 || (length < 0 && errno != EAGAIN))
        hang_up(fd);
    else if (length > 0 && !connections[fd].upgraded)
        upgrade(fd, data, (size_t)length);
}

static void send_frame(int fd, struct connection *connection)
{
    /* What took a part of a frame has to get the rest of it first: a frame that is late counts as skipped. */
    size_t owed = connection->owed ? connection->owed : frame_bytes;
    ssize_t taken = send(fd, frame + frame_bytes - owed, owed, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken < 0 && errno != EAGAIN) {
        hang_up(fd);
        return;
    }
    if (taken == (ssize_t)frame_bytes)
        sent++;
    else
        skipped++;
    if (taken > 0)
        connection->owed = owed - (size_t)taken;
}

static void send_to_all(int timer)
{
    uint64_t turns;
    if (read(timer, &turns, sizeof turns) != sizeof turns)
        return;
    late += turns - 1;
    for (int fd = 0; fd <= highest; fd++)
        if (connections[fd].upgraded)
            send_frame(fd, &connections[fd]);
}

static void raise_open_files(void)
{
    struct rlimit wanted = {MAX_OPEN_FILES, MAX_OPEN_FILES}, limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= MAX_OPEN_FILES || setrlimit(RLIMIT_NOFILE, &wanted) == 0)
        return;
    limit.rlim_cur = limit.rlim_max; /* all that may be had without being root */
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int make_listener(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t address_bytes = sizeof address;
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 1024) != 0 || getsockname(listener, (struct sockaddr *)&address, &address_bytes) != 0)
        die("listening");
    printf("listening %d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static int make_timer(double rate_hz)
{
    double period_s = 1 / rate_hz;
    struct timespec period = {.tv_sec = (time_t)period_s};
    period.tv_nsec = (long)((period_s - (double)period.tv_sec) * 1e9);
    struct itimerspec turns = {.it_interval = period, .it_value = period};
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (timer < 0 || timerfd_settime(timer, 0, &turns, NULL) != 0)
        die("timer");
    return timer;
}

int main(int count, char **arguments)
{
    double rate_hz = count == 4 ? atof(arguments[2]) : 0;
    long payload_bytes = count == 4 ? atol(arguments[3]) : 0;
    if (rate_hz <= 0 || payload_bytes < 1 || payload_bytes > MAX_FRAME_BYTES) {
        fputs("usage: floor PORT RATE_HZ FRAME_BYTES\n", stderr);
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigprocmask(SIG_BLOCK, &stops, NULL);
    raise_open_files();
    build_frame((size_t)payload_bytes);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    int stop = signalfd(-1, &stops, SFD_CLOEXEC), timer = make_timer(rate_hz);
    int listener = make_listener((uint16_t)atoi(arguments[1]));
    watch(stop);
    watch(timer);
    watch(listener);
    for (;;) {
        struct epoll_event events[MAX_EVENTS];
        int ready = epoll_wait(epoll_fd, events, MAX_EVENTS, -1);
        if (ready < 0 && errno != EINTR)
            die("epoll_wait");
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == stop) {
                printf("sent=%" PRIu64 " skipped=%" PRIu64 " late=%" PRIu64 "\n", sent, skipped, late);
                return 0;
            }
            if (fd == timer)
                send_to_all(timer);
            else if (fd == listener)
                take_all(listener);
            else if (connections[fd].open)
                receive(fd);
        }
    }
}
