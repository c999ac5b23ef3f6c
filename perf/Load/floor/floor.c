/* The floor: replays a ready list of registry requests over kept-alive connections, blob by blob with sendfile.
 *
 * Usage: floor HOST_IPV4 PORT LIST CONNECTIONS
 *
 * LIST is written by `perf-trees list`: fields parted by tabs, one operation a line, BARRIER lines where all that
 * came before must be done. Nothing is decided, hashed, journalled or retried here, and the first unexpected answer
 * ends the run: this is what any program must at least do, in the cheapest way that the kernel offers.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 256, MAX_PHASES = 8, MAX_FIELDS = 6, HEAD_SIZE = 16384, REQUEST_SIZE = 4096 };

struct operation { char *field[MAX_FIELDS]; };

struct connection {
    int socket;
    size_t filled;              /* bytes of `head` received */
    char head[HEAD_SIZE];
    char location[REQUEST_SIZE];
    char request[REQUEST_SIZE];
};

/* Phase i ends before operations[phase_ends[i]]; its connections take phase_next[i] and count it up. */
static struct operation *operations;
static size_t last_phase, phase_ends[MAX_PHASES + 1];
static atomic_size_t phase_next[MAX_PHASES + 1];
static pthread_barrier_t barrier;
static struct sockaddr_in address;
static char host[64];
static atomic_long requests;

/* ---- the list ---- */

static void parse_line(char *line)
{
    char **field = operations[phase_ends[last_phase]++].field;
    for (int i = 0; i < MAX_FIELDS; i++)
        field[i] = strsep(&line, "\t");
}

static void read_list(const char *path)
{
    FILE *file = fopen(path, "r");
    struct stat status;
    if (!file || fstat(fileno(file), &status))
        err(1, "can't read %s", path);
    char *text = calloc(1, (size_t)status.st_size + 1);
    if (fread(text, 1, (size_t)status.st_size, file) != (size_t)status.st_size)
        err(1, "can't read %s", path);
    fclose(file);
    size_t lines = 1;
    for (char *c = text; *c; c++)
        lines += *c == '\n';
    operations = calloc(lines, sizeof *operations);
    for (char *line; (line = strsep(&text, "\n")) && *line;) {
        if (strcmp(line, "BARRIER"))
            parse_line(line);
        else if (last_phase++ < MAX_PHASES)
            phase_next[last_phase] = phase_ends[last_phase] = phase_ends[last_phase - 1];
        else
            errx(1, "%s has too many phases", path);
    }
}

/* ---- one request ---- */

static void open_connection(struct connection *c)
{
    int on = 1;
    c->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (c->socket < 0 || connect(c->socket, (struct sockaddr *)&address, sizeof address))
        err(1, "can't connect to %s", host);
    setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void send_all(struct connection *c, const char *data, size_t length, int flags)
{
    while (length) {
        ssize_t sent = send(c->socket, data, length, flags | MSG_NOSIGNAL);
        if (sent <= 0)
            errx(1, "the server closed while a request was sent");
        data += sent;
        length -= (size_t)sent;
    }
}

static void send_file(struct connection *c, const char *path, off_t size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        err(1, "can't open %s", path);
    for (off_t offset = 0; offset < size;)
        if (sendfile(c->socket, file, &offset, (size_t)(size - offset)) <= 0)
            err(1, "can't send %s", path);
    close(file);
}

static void receive_more(struct connection *c)
{
    ssize_t got = recv(c->socket, c->head + c->filled, HEAD_SIZE - 1 - c->filled, 0);
    if (got <= 0)
        errx(1, "the server closed, or its answer is too long");
    c->filled += (size_t)got;
    c->head[c->filled] = 0;
}

static const char *header(const struct connection *c, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = strstr(c->head, "\r\n"); line && line[2] != '\r'; line = strstr(line + 2, "\r\n"))
        if (!strncasecmp(line + 2, name, length) && line[2 + length] == ':')
            return line + 3 + length + strspn(line + 3 + length, " ");
    return NULL;
}

/* Reads one answer. The answers to these requests have no body or a short one of announced length. */
static void receive(struct connection *c, int expected)
{
    char *end = NULL;
    for (c->filled = 0; !end; end = strstr(c->head, "\r\n\r\n"))
        receive_more(c);

    int status = atoi(c->head + strlen("HTTP/1.1 "));
    if (status != expected)
        errx(1, "%d instead of %d to %.*s\n%s", status, expected, (int)strcspn(c->request, "\r"), c->request, c->head);
    const char *length = header(c, "Content-Length"), *location = header(c, "Location");
    if (!length)
        errx(1, "an answer without Content-Length:\n%s", c->head);
    size_t whole = (size_t)(end + 4 - c->head) + strtoul(length, NULL, 10);
    if (location) {
        const char *path = strncmp(location, "http://", 7) ? location : strchr(location + 7, '/');
        size_t span = path ? strcspn(path, "\r") : 0;
        if (!span || span >= sizeof c->location)
            errx(1, "no usable Location:\n%s", c->head);
        memcpy(c->location, path, span);
        c->location[span] = 0;
    }
    while (c->filled < whole)
        receive_more(c);
    atomic_fetch_add(&requests, 1);
}

__attribute__((format(printf, 3, 4)))
static void send_request(struct connection *c, int flags, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(c->request, sizeof c->request, format, arguments);
    va_end(arguments);
    if ((size_t)length >= sizeof c->request)
        errx(1, "a request is too long");
    send_all(c, c->request, (size_t)length, flags);
}

/* ---- the operations ---- */

static void run_upload(struct connection *c, char **field)
{
    const char *digest = field[1], *size = field[2], *path = field[3], *repository = field[4];
    send_request(c, 0, "POST /v2/%s/blobs/uploads/ HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n", repository, host);
    c->location[0] = 0;
    receive(c, 202);
    if (!c->location[0])
        errx(1, "an upload without Location in %s", repository);
    send_request(c, MSG_MORE, "PUT %s%cdigest=%s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/octet-stream\r\n"
        "Content-Length: %s\r\n\r\n", c->location, strchr(c->location, '?') ? '&' : '?', digest, host, size);
    send_file(c, path, atoll(size));
    receive(c, 201);
}

static void run_mount(struct connection *c, char **field)
{
    send_request(c, 0, "POST /v2/%s/blobs/uploads/?mount=%s&from=%s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n",
        field[2], field[1], field[3], host);
    receive(c, 201);
}

static void run_manifest(struct connection *c, char **field)
{
    const char *repository = field[1], *reference = field[2], *type = field[3], *path = field[4], *size = field[5];
    send_request(c, MSG_MORE, "PUT /v2/%s/manifests/%s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\n"
        "Content-Length: %s\r\n\r\n", repository, reference, host, type, size);
    send_file(c, path, atoll(size));
    receive(c, 201);
}

static void run_operation(struct connection *c, char **field)
{
    if (!strcmp(field[0], "UPLOAD"))
        run_upload(c, field);
    else if (!strcmp(field[0], "MOUNT"))
        run_mount(c, field);
    else
        run_manifest(c, field);
}

static void *run_connection(void *unused)
{
    struct connection *c = calloc(1, sizeof *c); /* until the end of the process */
    open_connection(c);
    for (size_t phase = 0; phase <= last_phase; phase++) {
        for (size_t i; (i = atomic_fetch_add(&phase_next[phase], 1)) < phase_ends[phase];)
            run_operation(c, operations[i].field);
        pthread_barrier_wait(&barrier);
    }
    close(c->socket);
    return unused;
}

int main(int count, char **arguments)
{
    int connections = count == 5 ? atoi(arguments[4]) : 0;
    if (connections < 1 || connections > MAX_CONNECTIONS)
        errx(2, "usage: floor HOST_IPV4 PORT LIST CONNECTIONS");
    address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[2])) };
    inet_pton(AF_INET, arguments[1], &address.sin_addr);
    snprintf(host, sizeof host, "%.40s:%.8s", arguments[1], arguments[2]);
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    read_list(arguments[3]);
    pthread_barrier_init(&barrier, NULL, (unsigned)connections);

    pthread_t threads[MAX_CONNECTIONS];
    for (int i = 0; i < connections; i++)
        if ((errno = pthread_create(&threads[i], NULL, run_connection, NULL)))
            err(1, "can't start a thread");
    for (int i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    printf("%.3f s, %ld requests\n", seconds, atomic_load(&requests));
    return 0;
}
