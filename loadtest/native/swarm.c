/* A crowd of lean WebSocket clients on one thread: it connects, plays, and measures what a server sends.
 *
 * It is driven by lines on its standard input, and ends with it; loadtest/swarm.py writes them. HEX is bytes in
 * hexadecimal, "-" for none. First how the server is spoken to (loadtest/dialect.py says what it means):
 *
 *   server HOST PORT | core NUMBER | seed NUMBER | reads count|gameserver
 *   hello HEX | reply OPCODE HEX OPCODE HEX | snapshot OPCODE HEX | inputs OPCODE PERIOD_NS | input HEX HEX|none
 *
 * then, as often as wanted:
 *
 *   client PATH     another client, which asks for this path
 *   grow            -> "grown" once every client has had a snapshot, or "failed WHY"
 *   status          -> "status queued=..." where all clients stand
 *   begin PID ...   -> "begun": a window begins, in which the CPU time of these processes is counted too
 *   end             -> "measured name=value ...": times in ns
 *
 * What goes wrong with clients that play is counted, and the first few are told on the standard error output.
 */
#include "swarm.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MAX_EVENTS = 256, MAX_OPEN_FILES = 65536 };

static const uint32_t STDIN_EVENT = UINT32_MAX, TIMER_EVENT = UINT32_MAX - 1;

struct dialect dialect;
struct window window;
static uint32_t seed;

static struct bytes from_hex(const char *text)
{
    struct bytes bytes = {0};
    unsigned value;
    for (; sscanf(text, "%2x", &value) == 1; text += 2) {
        uint8_t byte = (uint8_t)value;
        append(&bytes, &byte, 1);
    }
    return bytes;
}

static void find_server(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    int error = getaddrinfo(host, port, &hints, &found);
    if (error != 0)
        die("%s: %s", host, gai_strerror(error));
    memcpy(&crowd.address, found->ai_addr, found->ai_addrlen);
    crowd.address_bytes = found->ai_addrlen;
    freeaddrinfo(found);
    snprintf(crowd.host, sizeof crowd.host, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

static void stay_on(int core)
{
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0)
        die("core %d: %s", core, strerror(errno));
}

static uint64_t cpu_ns(void)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < window.clock_count; i++)
        sum += clock_ns(window.clocks[i]);
    return sum;
}

static void begin_window(char *pids)
{
    memset(&window, 0, sizeof window);
    for (char *pid = strtok(pids, " "); pid != NULL && window.clock_count < MAX_LIST; pid = strtok(NULL, " "))
        if (clock_getcpuclockid(atoi(pid), &window.clocks[window.clock_count++]) != 0)
            die("there is no process %s", pid);
    window.own_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    window.cpu_ns = cpu_ns();
    window.began_ns = clock_ns(CLOCK_MONOTONIC);
    puts("begun");
}

static void end_window(void)
{
    uint64_t cpu = cpu_ns(), own_cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID), now = clock_ns(CLOCK_MONOTONIC);
    printf("measured ns=%" PRIu64 " cpu_ns=%" PRIu64 " own_cpu_ns=%" PRIu64, now - window.began_ns,
           cpu > window.cpu_ns ? cpu - window.cpu_ns : 0, own_cpu - window.own_cpu_ns);
    printf(" clients=%" PRIu32 " lost=%" PRIu32 " snapshots=%" PRIu64 " bytes=%" PRIu64 " inputs=%" PRIu64,
           crowd.in_state[PLAYING], crowd.in_state[LOST], window.snapshots, window.bytes, window.inputs);
    printf(" missed=%" PRIu64 " errors=%" PRIu64, window.missed, window.errors);
    print_spread("interval", &window.interval);
    print_spread("ack", &window.ack);
    putchar('\n');
}

static void print_status(void)
{
    printf("status queued=%" PRIu32 " connecting=%" PRIu32 " upgrading=%" PRIu32 " greeting=%" PRIu32
           " playing=%" PRIu32 " lost=%" PRIu32 "\n",
           crowd.in_state[QUEUED], crowd.in_state[CONNECTING], crowd.in_state[UPGRADING],
           crowd.in_state[GREETING], crowd.in_state[PLAYING], crowd.in_state[LOST]);
}

static size_t next_in_list(size_t *count)
{
    if (*count == MAX_LIST)
        die("more than %d of a kind", MAX_LIST);
    return (*count)++;
}

/* How the server is spoken to; false where the line says something else. */
static bool configure(const char *word, char *rest)
{
    char *arguments[4];
    for (size_t i = 0; i < 4; i++)
        if ((arguments[i] = strtok(i ? NULL : rest, " ")) == NULL)
            arguments[i] = "";
    if (strcmp(word, "server") == 0) {
        find_server(arguments[0], arguments[1]);
    } else if (strcmp(word, "core") == 0) {
        stay_on(atoi(arguments[0]));
    } else if (strcmp(word, "seed") == 0) {
        seed = (uint32_t)strtoul(arguments[0], NULL, 10);
    } else if (strcmp(word, "reads") == 0) {
        dialect.reads_gameserver = strcmp(arguments[0], "gameserver") == 0;
    } else if (strcmp(word, "hello") == 0) {
        dialect.hellos[next_in_list(&dialect.hello_count)] = from_hex(arguments[0]);
    } else if (strcmp(word, "snapshot") == 0) {
        dialect.snapshot_opcode = (uint8_t)atoi(arguments[0]);
        dialect.snapshot = from_hex(arguments[1]);
    } else if (strcmp(word, "reply") == 0) {
        dialect.replies[next_in_list(&dialect.reply_count)] =
            (struct reply){(uint8_t)atoi(arguments[0]), (uint8_t)atoi(arguments[2]), from_hex(arguments[1]),
                           from_hex(arguments[3])};
    } else if (strcmp(word, "inputs") == 0) {
        dialect.input_opcode = (uint8_t)atoi(arguments[0]);
        dialect.input_period_ns = strtoull(arguments[1], NULL, 10);
    } else if (strcmp(word, "input") == 0) {
        struct template template = {strcmp(arguments[1], "none") != 0, from_hex(arguments[0]), {0}};
        if (template.numbered)
            template.tail = from_hex(arguments[1]);
        if (template.head.used + template.tail.used + 11 > MAX_INPUT_BYTES)
            die("an input of more than %d bytes", MAX_INPUT_BYTES);
        dialect.inputs[next_in_list(&dialect.input_count)] = template;
    } else {
        return false;
    }
    return true;
}

static void command(char *line)
{
    char *rest = strchr(line, ' ');
    if (rest != NULL)
        *rest++ = 0;
    else
        rest = line + strlen(line);
    if (strcmp(line, "client") == 0)
        add_client(rest, seed);
    else if (strcmp(line, "grow") == 0)
        crowd.growing = true;
    else if (strcmp(line, "status") == 0)
        print_status();
    else if (strcmp(line, "begin") == 0)
        begin_window(rest);
    else if (strcmp(line, "end") == 0)
        end_window();
    else if (!configure(line, rest))
        die("what is %s?", line);
    fflush(stdout);
}

/* Takes whole lines from the standard input; false at its end. */
static bool obey(void)
{
    static struct bytes text;
    char some[16384];
    ssize_t length = read(STDIN_FILENO, some, sizeof some);
    if (length <= 0)
        return false;
    append(&text, some, (size_t)length);
    size_t done = 0;
    for (uint8_t *end; (end = memchr(text.at + done, '\n', text.used - done)) != NULL;) {
        *end = 0;
        command((char *)text.at + done);
        done = (size_t)(end - text.at) + 1;
    }
    drop_front(&text, done);
    return true;
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

int main(void)
{
    raise_open_files();
    crowd.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    int timer_fd = make_input_timer();
    struct epoll_event events[MAX_EVENTS];
    events[0] = (struct epoll_event){.events = EPOLLIN, .data.u32 = STDIN_EVENT};
    events[1] = (struct epoll_event){.events = EPOLLIN, .data.u32 = TIMER_EVENT};
    if (crowd.epoll_fd < 0 || timer_fd < 0 || epoll_ctl(crowd.epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &events[0]) != 0 ||
        epoll_ctl(crowd.epoll_fd, EPOLL_CTL_ADD, timer_fd, &events[1]) != 0)
        die("%s", strerror(errno));
    for (;;) {
        int count = epoll_wait(crowd.epoll_fd, events, MAX_EVENTS, -1);
        if (count < 0 && errno != EINTR)
            die("epoll_wait: %s", strerror(errno));
        for (int i = 0; i < count; i++) {
            uint32_t source = events[i].data.u32;
            if (source == TIMER_EVENT)
                send_due_inputs();
            else if (source != STDIN_EVENT)
                handle(crowd.all[source], events[i].events);
            else if (!obey())
                return 0;
        }
        let_in_the_next();
    }
}
