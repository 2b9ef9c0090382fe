/*
 * A client that costs little: one thread, epoll, one request made in advance. Closed loop (each connection asks again when it was
 * answered), open loop (-r: requests at fixed moments; latency counts from the moment it was due), or a count per connection (-n).
 * Reads the "@<19 digits>" that upstream.c puts into chunks: the nanosecond of their writing, hence the lag.
 * usage: load -p port -f file-with-one-http-request -c connections -d seconds [-r per-second] [-n per-connection] [-R ramp-ms]
 * Prints one JSON object. Answers that are still under way at the end are waited for, up to 20 s.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_BYTES = 8192, READ_BYTES = 262144, MAX_CONNS = 8192, EVENTS = 512, DRAIN_S = 20, DIGITS = 19, TAIL = 16 };
enum Phase { CLOSED, IDLE, HEAD, BODY_LENGTH, BODY_UNTIL_CLOSE, SIZE_LINE, CHUNK_DATA, CHUNK_END, TRAILER };

typedef struct { uint32_t *at; size_t len, room; } Samples; /* microseconds */

typedef struct {
  int fd, status, asked, digits, tail_len;
  enum Phase phase;
  uint64_t begun_ns, stamp, first_ns, open_at_ns;
  long left;                  /* body or chunk bytes to come */
  int head_len, line_len;
  char head[HEAD_BYTES], line[32], tail[TAIL];
} Conn;

static Samples latency, refusal, ttft, lag;
static long statuses[1000], responses, ok, whole_streams, chunks, broken, connect_errors;
static uint64_t start_ns, stop_ns, last_ns, now;
static char request[65536], buffer[READ_BYTES];
static int request_len, epoll_fd, port, conn_count, per_conn, in_flight, is_stopping;
static double rate;
static long due_count;        /* requests of the open loop that were begun */
static Conn *conns, **idle;
static int idle_len;

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

static void sample(Samples *s, uint64_t from_ns, uint64_t to_ns) {
  if (s->len == s->room) s->at = realloc(s->at, (s->room = s->room ? s->room * 2 : 4096) * sizeof *s->at);
  s->at[s->len++] = to_ns > from_ns ? (to_ns - from_ns) / 1000 : 0;
}

static void hang_up(Conn *c) {
  if (c->phase == CLOSED) return;
  if (c->phase == IDLE) for (int i = 0; i < idle_len; i++) if (idle[i] == c) { idle[i] = idle[--idle_len]; break; }
  if (c->phase > IDLE) in_flight--;
  close(c->fd);
  c->phase = CLOSED;
}

static void give_up(const char *why) {
  fprintf(stderr, "load: %s (port %d, %ld answers, %ld broken, %ld connections refused)\n", why, port, responses, broken, connect_errors);
  exit(1);
}

static int dial(Conn *c) {
  int on = 1;
  struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0) {
    close(c->fd);
    if (++connect_errors > 1000) give_up("cannot connect");
    return 0;
  }
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &e);
  c->phase = IDLE;
  return 1;
}

/* A request is far smaller than a socket's buffer, so one blocking send takes it whole. */
static void ask(Conn *c, uint64_t begun_ns) {
  if (c->phase == CLOSED && !dial(c)) return;
  c->begun_ns = begun_ns;
  c->first_ns = 0;
  c->digits = -1;
  c->head_len = c->tail_len = 0;
  c->asked++;
  c->phase = HEAD;
  in_flight++;
  if (send(c->fd, request, request_len, MSG_NOSIGNAL) != request_len) { broken++; hang_up(c); }
}

static void ask_again(Conn *c) {
  if (is_stopping || (per_conn > 0 && c->asked >= per_conn)) return;
  if (rate > 0) idle[idle_len++] = c;
  else ask(c, now);
}

static void answered(Conn *c, int reusable) {
  int is_ok = c->status >= 200 && c->status < 300;
  responses++;
  last_ns = now;
  statuses[c->status]++;
  sample(is_ok ? &latency : &refusal, c->begun_ns, now);
  if (is_ok) ok++;
  if (c->first_ns) sample(&ttft, c->begun_ns, c->first_ns);
  if (is_ok && memmem(c->tail, c->tail_len, "[DONE]", 6)) whole_streams++;
  in_flight--;
  c->phase = IDLE;
  if (!reusable) hang_up(c);
  ask_again(c);
}

static void read_stamps(Conn *c, const char *p, const char *end) {
  while (p < end) {
    if (c->digits < 0) {
      if (!(p = memchr(p, '@', end - p))) return;
      p++;
      c->digits = c->stamp = 0;
    } else if (*p >= '0' && *p <= '9') {
      c->stamp = c->stamp * 10 + (*p++ - '0');
      if (++c->digits < DIGITS) continue;
      c->digits = -1;
      chunks++;
      sample(&lag, c->stamp, now);
      if (!c->first_ns) c->first_ns = now;
    } else {
      c->digits = -1;
    }
  }
}

static void keep_tail(Conn *c, const char *p, long len) {
  if (len >= TAIL) {
    memcpy(c->tail, p + len - TAIL, c->tail_len = TAIL);
    return;
  }
  int keep = c->tail_len + len > TAIL ? TAIL - (int)len : c->tail_len;
  memmove(c->tail, c->tail + c->tail_len - keep, keep);
  memcpy(c->tail + keep, p, len);
  c->tail_len = keep + len;
}

static void body_bytes(Conn *c, const char *p, long len) {
  read_stamps(c, p, p + len);
  keep_tail(c, p, len);
}

static void read_head(Conn *c) {
  c->head[c->head_len] = 0;
  c->status = atoi(c->head + 9);
  if (c->status < 100 || c->status > 999) give_up("not an HTTP answer");
  const char *length = strcasestr(c->head, "\r\ncontent-length:");
  c->line_len = 0;
  if (length) {
    c->left = atol(length + 17);
    c->phase = BODY_LENGTH;
  } else {
    c->phase = strcasestr(c->head, "\r\ntransfer-encoding: chunked") ? SIZE_LINE : BODY_UNTIL_CLOSE;
  }
}

/* A line of the chunked coding; true when it is whole. */
static int line_byte(Conn *c, char byte) {
  if (byte == '\n') return 1;
  if (c->line_len < (int)sizeof c->line - 1 && byte != '\r') c->line[c->line_len++] = byte;
  return 0;
}

static void received(Conn *c, const char *p, const char *end) {
  while (p < end || (c->phase == BODY_LENGTH && c->left == 0)) {
    long there = end - p, n;
    switch (c->phase) {
      case HEAD: {
        int room = HEAD_BYTES - 1 - c->head_len, take = there < room ? there : room, from = c->head_len > 3 ? c->head_len - 3 : 0;
        memcpy(c->head + c->head_len, p, take);
        char *blank = memmem(c->head + from, c->head_len + take - from, "\r\n\r\n", 4);
        if (!blank) {
          if (take < there) give_up("the head of an answer is too long");
          c->head_len += take;
          return;
        }
        p += blank + 4 - c->head - c->head_len;
        c->head_len = blank + 4 - c->head;
        read_head(c);
        break;
      }
      case BODY_LENGTH:
      case CHUNK_DATA:
      case BODY_UNTIL_CLOSE:
        n = c->phase == BODY_UNTIL_CLOSE || there < c->left ? there : c->left;
        body_bytes(c, p, n);
        p += n;
        c->left -= n;
        if (c->phase == CHUNK_DATA && c->left == 0) c->phase = CHUNK_END;
        if (c->phase == BODY_LENGTH && c->left == 0) return answered(c, strcasestr(c->head, "\r\nconnection: close") == NULL);
        break;
      case SIZE_LINE:
        if (!line_byte(c, *p++)) break;
        c->line[c->line_len] = 0;
        c->left = strtol(c->line, NULL, 16);
        c->line_len = 0;
        c->phase = c->left > 0 ? CHUNK_DATA : TRAILER;
        break;
      case CHUNK_END:
        if (*p++ == '\n') c->phase = SIZE_LINE;
        break;
      case TRAILER:
        if (!line_byte(c, *p++)) break;
        if (c->line_len == 0) return answered(c, strcasestr(c->head, "\r\nconnection: close") == NULL);
        c->line_len = 0;
        break;
      default: /* bytes that nobody asked for */
        broken++;
        return hang_up(c);
    }
  }
}

static void readable(Conn *c) {
  ssize_t n = recv(c->fd, buffer, READ_BYTES, MSG_DONTWAIT);
  if (n > 0) return received(c, buffer, buffer + n);
  if (n < 0 && errno == EAGAIN) return;
  if (c->phase == BODY_UNTIL_CLOSE && n == 0) return answered(c, 0);
  int was_asking = c->phase > IDLE, was_idle = c->phase == IDLE;
  hang_up(c);
  if (was_asking && ++broken > 10000) give_up("the connections break");
  if (was_asking) ask_again(c);
  else if (was_idle && rate > 0) idle[idle_len++] = c; /* it dials again when its turn comes */
}

/* Begins what is due and returns the nanoseconds until more is. */
static uint64_t begin_due(void) {
  if (is_stopping) return 100000000;
  if (rate <= 0) {
    uint64_t next = 0;
    for (int i = 0; i < conn_count; i++) {
      Conn *c = &conns[i];
      if (c->asked > 0 && c->phase != CLOSED) continue;
      if (c->asked > 0 && per_conn > 0 && c->asked >= per_conn) continue;
      if (c->open_at_ns <= now) ask(c, now);
      else if (!next || c->open_at_ns < next) next = c->open_at_ns;
    }
    return next ? next - now : 100000000;
  }
  for (;;) {
    uint64_t due = start_ns + (uint64_t)(due_count / rate * 1e9);
    if (due > now) return due - now;
    if (idle_len == 0) return 1000000;
    due_count++;
    ask(idle[--idle_len], due);
  }
}

static int by_size(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static void print_samples(const char *name, Samples *s) {
  double sum = 0;
  qsort(s->at, s->len, sizeof *s->at, by_size);
  for (size_t i = 0; i < s->len; i++) sum += s->at[i];
  if (s->len == 0) { printf(",\"%s\":null", name); return; }
  printf(",\"%s\":{\"n\":%zu,\"mean\":%.1f,\"p50\":%u,\"p90\":%u,\"p99\":%u,\"max\":%u}", name, s->len, sum / s->len,
    s->at[s->len / 2], s->at[(size_t)(s->len * 0.9)], s->at[(size_t)(s->len * 0.99)], s->at[s->len - 1]);
}

static void print_result(void) {
  printf("{\"elapsed_s\":%.4f,\"responses\":%ld,\"ok\":%ld,\"whole_streams\":%ld,\"chunks\":%ld,\"broken\":%ld,\"connect_errors\":%ld,\"unanswered\":%d",
    ((last_ns ? last_ns : now) - start_ns) / 1e9, responses, ok, whole_streams, chunks, broken, connect_errors, in_flight);
  printf(",\"statuses\":{");
  for (int i = 0, first = 1; i < 1000; i++) if (statuses[i]) { printf("%s\"%d\":%ld", first ? "" : ",", i, statuses[i]); first = 0; }
  printf("}");
  print_samples("latency_us", &latency);
  print_samples("refusal_us", &refusal);
  print_samples("ttft_us", &ttft);
  print_samples("lag_us", &lag);
  printf("}\n");
}

static void prepare(int argc, char **argv, double *seconds, int *ramp_ms) {
  const char *file = NULL;
  for (int o; (o = getopt(argc, argv, "p:f:c:d:r:n:R:")) != -1;) {
    if (o == 'p') port = atoi(optarg);
    else if (o == 'f') file = optarg;
    else if (o == 'c') conn_count = atoi(optarg);
    else if (o == 'd') *seconds = atof(optarg);
    else if (o == 'r') rate = atof(optarg);
    else if (o == 'n') per_conn = atoi(optarg);
    else if (o == 'R') *ramp_ms = atoi(optarg);
    else exit(2);
  }
  FILE *in = file ? fopen(file, "r") : NULL;
  if (!in || port <= 0 || conn_count <= 0 || conn_count > MAX_CONNS || *seconds <= 0) exit((fprintf(stderr, "load: see the head of load.c\n"), 2));
  request_len = fread(request, 1, sizeof request, in);
  fclose(in);
  conns = calloc(conn_count, sizeof *conns);
  idle = calloc(conn_count, sizeof *idle);
}

int main(int argc, char **argv) {
  double seconds = 0;
  int ramp_ms = 0;
  prepare(argc, argv, &seconds, &ramp_ms);
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, 1);
  epoll_fd = epoll_create1(0);
  struct epoll_event events[EVENTS];
  for (int i = 0; rate > 0 && i < conn_count; i++) if (dial(&conns[i])) idle[idle_len++] = &conns[i];
  start_ns = now = now_ns();
  stop_ns = start_ns + (uint64_t)(seconds * 1e9);
  for (int i = 0; i < conn_count; i++) conns[i].open_at_ns = start_ns + (uint64_t)ramp_ms * 1000000u * i / conn_count;
  for (;;) {
    uint64_t wait = begin_due();
    struct timespec timeout = { wait / 1000000000u, wait % 1000000000u };
    ppoll(&(struct pollfd){ .fd = epoll_fd, .events = POLLIN }, 1, &timeout, NULL); /* epoll_wait itself knows milliseconds only */
    int n = epoll_wait(epoll_fd, events, EVENTS, 0);
    for (int i = 0; i < n; i++) {
      now = now_ns();
      readable(events[i].data.ptr);
    }
    now = now_ns();
    if (now >= stop_ns) is_stopping = 1;
    int is_counted = per_conn > 0 && responses + broken >= (long)conn_count * per_conn;
    if ((is_stopping && in_flight == 0) || is_counted || now > stop_ns + DRAIN_S * 1000000000ull) break;
  }
  print_result();
  return 0;
}
