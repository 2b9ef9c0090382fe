/*
 * A provider that is never the bottleneck: one thread, epoll, answers made in advance.
 * The model that a request names decides what it gets:
 *   json-<ms>        one JSON answer of about 600 bytes after <ms>
 *   sse-<n>-<ms>     a stream of <n> chunks, one write each, <ms> apart; then usage and [DONE]
 *   msg-<n>-<ms>     the same in Anthropic's dialect
 * Each chunk carries "@<19 digits>", the CLOCK_MONOTONIC nanosecond of its write, so that a client on this machine sees its lag.
 * usage: upstream <port>
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
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

enum { IN_BYTES = 65536, OUT_BYTES = 131072, MAX_FD = 16384, EVENTS = 512 };

typedef struct {
  int fd, heap_at;            /* heap_at: place in the heap of due connections, -1 when it waits for nothing */
  int in_len, out_len, out_sent;
  int chunks_left, is_stream, is_messages, wants_write;
  uint64_t due_ns, every_ns;
  char in[IN_BYTES], out[OUT_BYTES];
} Conn;

static Conn *conns[MAX_FD];
static Conn *heap[MAX_FD];
static int heap_len, epoll_fd;
static char json_answer[2048];
static int json_len;

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

static void heap_put(int at, Conn *c) { heap[at] = c; c->heap_at = at; }

static void heap_up(int at) {
  Conn *c = heap[at];
  for (; at > 0 && heap[(at - 1) / 2]->due_ns > c->due_ns; at = (at - 1) / 2) heap_put(at, heap[(at - 1) / 2]);
  heap_put(at, c);
}

static void heap_down(int at) {
  Conn *c = heap[at];
  for (;;) {
    int child = 2 * at + 1;
    if (child >= heap_len) break;
    if (child + 1 < heap_len && heap[child + 1]->due_ns < heap[child]->due_ns) child++;
    if (heap[child]->due_ns >= c->due_ns) break;
    heap_put(at, heap[child]);
    at = child;
  }
  heap_put(at, c);
}

static void schedule(Conn *c, uint64_t due_ns) {
  c->due_ns = due_ns;
  if (c->heap_at < 0) heap_put(heap_len++, c);
  heap_up(c->heap_at);
  heap_down(c->heap_at);
}

static void unschedule(Conn *c) {
  int at = c->heap_at;
  if (at < 0) return;
  c->heap_at = -1;
  Conn *last = heap[--heap_len];
  if (last == c) return;
  heap_put(at, last);
  heap_up(at);
  heap_down(last->heap_at);
}

static void hang_up(Conn *c) {
  unschedule(c);
  conns[c->fd] = NULL;
  close(c->fd);
  free(c);
}

static void watch(Conn *c, int wants_write) {
  if (c->wants_write == wants_write) return;
  c->wants_write = wants_write;
  struct epoll_event e = { .events = EPOLLIN | (wants_write ? EPOLLOUT : 0), .data.ptr = c };
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &e);
}

/* Sends what is there; 0 when the connection is gone. What the socket does not take waits for EPOLLOUT. */
static int flush_out(Conn *c) {
  while (c->out_sent < c->out_len) {
    ssize_t n = send(c->fd, c->out + c->out_sent, c->out_len - c->out_sent, MSG_NOSIGNAL);
    if (n > 0) { c->out_sent += n; continue; }
    if (n < 0 && errno == EAGAIN) { watch(c, 1); return 1; }
    hang_up(c);
    return 0;
  }
  c->out_len = c->out_sent = 0;
  watch(c, 0);
  return 1;
}

static void append_chunk(Conn *c, const char *text, int len) {
  c->out_len += sprintf(c->out + c->out_len, "%x\r\n", len);
  memcpy(c->out + c->out_len, text, len);
  memcpy(c->out + c->out_len + len, "\r\n", 2);
  c->out_len += len + 2;
}

/* What a message begins with; a chat completion begins with its first chunk. */
static void append_beginning(Conn *c) {
  static const char begin[] =
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_bench\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"bench\","
    "\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":180,\"output_tokens\":1}}}\n\n"
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n";
  if (c->is_messages) append_chunk(c, begin, sizeof begin - 1);
}

static void append_event(Conn *c) {
  char event[512];
  int len = c->is_messages ? sprintf(event,
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"@%019llu word\"}}\n\n",
    (unsigned long long)now_ns()) : sprintf(event,
    "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\","
    "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"@%019llu word\"},\"finish_reason\":null}]}\n\n", (unsigned long long)now_ns());
  append_chunk(c, event, len);
}

static void append_end(Conn *c) {
  static const char end[] =
    "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\","
    "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\","
    "\"choices\":[],\"usage\":{\"prompt_tokens\":180,\"completion_tokens\":100,\"total_tokens\":280}}\n\ndata: [DONE]\n\n";
  static const char end_of_message[] =
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":100}}\n\n"
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
  if (c->is_messages) append_chunk(c, end_of_message, sizeof end_of_message - 1);
  else append_chunk(c, end, sizeof end - 1);
  c->out_len += sprintf(c->out + c->out_len, "0\r\n\r\n");
}

static const char SSE_HEAD[] =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";

static int take_requests(Conn *c);

/* All chunks at once, a write for each; 0 when the connection is gone or the socket is full. */
static int burst(Conn *c) {
  while (c->chunks_left > 0) {
    if (c->wants_write) return 0;
    append_event(c);
    if (--c->chunks_left == 0) append_end(c);
    if (!flush_out(c)) return 0;
  }
  c->is_stream = 0;
  return 1;
}

static void begin_stream(Conn *c, int chunks, int every_ms) {
  memcpy(c->out + c->out_len, SSE_HEAD, sizeof SSE_HEAD - 1);
  c->out_len += sizeof SSE_HEAD - 1;
  append_beginning(c);
  c->is_stream = 1;
  c->chunks_left = chunks;
  c->every_ns = every_ms * 1000000ull;
  if (every_ms > 0) {
    if (flush_out(c)) schedule(c, now_ns() + c->every_ns);
  }
}

/* What was due for this connection: the answer, or the next chunk. */
static void play(Conn *c) {
  unschedule(c);
  if (!c->is_stream) {
    memcpy(c->out, json_answer, json_len);
    c->out_len = json_len;
    if (flush_out(c)) take_requests(c);
    return;
  }
  if (c->out_len + 1024 < OUT_BYTES) {
    append_event(c);
    c->chunks_left--;
  }
  int is_over = c->chunks_left == 0;
  if (is_over) append_end(c);
  if (!flush_out(c)) return;
  if (!is_over) return schedule(c, c->due_ns + c->every_ns);
  c->is_stream = 0;
  take_requests(c);
}

static int header_number(const char *head, int len, const char *name) {
  for (const char *line = head; (line = memchr(line, '\n', head + len - line)); ) {
    line++;
    size_t n = strlen(name);
    if ((size_t)(head + len - line) > n && strncasecmp(line, name, n) == 0) return atoi(line + n);
  }
  return -1;
}

static void start(Conn *c, const char *body, int len) {
  int a = 0, b = 0;
  const char *model = memmem(body, len, "\"model\":\"", 9);
  char name[32] = "";
  if (model) snprintf(name, sizeof name, "%.*s", (int)strcspn(model + 9, "\""), model + 9);
  c->is_messages = strncmp(name, "msg-", 4) == 0;
  if (sscanf(name, c->is_messages ? "msg-%d-%d" : "sse-%d-%d", &a, &b) == 2) return begin_stream(c, a, b);
  if (sscanf(name, "json-%d", &a) == 1 && a > 0) return schedule(c, now_ns() + a * 1000000ull);
  memcpy(c->out + c->out_len, json_answer, json_len);
  c->out_len += json_len;
  flush_out(c);
}

/* Answers the requests that are whole; 0 when the connection is gone. */
static int take_requests(Conn *c) {
  int fd = c->fd;
  for (;;) {
    if (c->heap_at >= 0 || c->wants_write) return 1;
    if (c->is_stream) {
      if (!burst(c)) return conns[fd] == c;
      continue;
    }
    char *end = memmem(c->in, c->in_len, "\r\n\r\n", 4);
    if (!end) return 1;
    int head = end + 4 - c->in, body = header_number(c->in, head, "content-length:");
    if (body < 0) body = 0;
    if (c->in_len < head + body) return 1;
    start(c, c->in + head, body);
    if (conns[fd] != c) return 0;
    c->in_len -= head + body;
    memmove(c->in, c->in + head + body, c->in_len);
  }
}

static void readable(Conn *c) {
  ssize_t n = recv(c->fd, c->in + c->in_len, IN_BYTES - c->in_len, 0);
  if (n > 0) {
    c->in_len += n;
    take_requests(c);
  } else if (n == 0 || errno != EAGAIN) {
    hang_up(c);
  }
}

static void welcome(int listener) {
  int fd, on = 1;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    if (fd >= MAX_FD) { close(fd); continue; }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Conn *c = calloc(1, sizeof *c);
    c->fd = fd;
    c->heap_at = -1;
    conns[fd] = c;
    struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e);
  }
}

static void make_json_answer(void) {
  static const char body[] =
    "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"bench\",\"choices\":[{\"index\":0,"
    "\"message\":{\"role\":\"assistant\",\"content\":\"A gateway stands between those who ask and those who answer. It knows who asks, whether they may, "
    "what it costs and who answered last time; it passes the words on unchanged and writes down what was used. When an answer fails to come it asks elsewhere.\"},"
    "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":180,\"completion_tokens\":60,\"total_tokens\":240},\"system_fingerprint\":\"fp_bench\"}";
  json_len = sprintf(json_answer, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", sizeof body - 1, body);
}

int main(int argc, char **argv) {
  if (argc != 2) return fprintf(stderr, "usage: upstream <port>\n"), 2;
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, 1);
  make_json_answer();
  int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in where = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  if (bind(listener, (struct sockaddr *)&where, sizeof where) < 0 || listen(listener, 4096) < 0) return perror("upstream"), 1;
  epoll_fd = epoll_create1(0);
  struct epoll_event events[EVENTS], e = { .events = EPOLLIN, .data.ptr = NULL };
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &e);
  for (;;) {
    uint64_t now = now_ns();
    uint64_t wait = heap_len == 0 ? 1000000000u : heap[0]->due_ns <= now ? 0 : heap[0]->due_ns - now;
    struct timespec timeout = { wait / 1000000000u, wait % 1000000000u };
    ppoll(&(struct pollfd){ .fd = epoll_fd, .events = POLLIN }, 1, &timeout, NULL); /* epoll_wait itself knows milliseconds only */
    int n = epoll_wait(epoll_fd, events, EVENTS, 0);
    for (int i = 0; i < n; i++) {
      Conn *c = events[i].data.ptr;
      if (!c) { welcome(listener); continue; }
      int fd = c->fd;
      if (events[i].events & EPOLLOUT) {
        if (!flush_out(c)) continue;
        if (!c->wants_write) take_requests(c);
        if (conns[fd] != c) continue;
      }
      if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) readable(c);
    }
    for (now = now_ns(); heap_len > 0 && heap[0]->due_ns <= now; ) play(heap[0]);
  }
}
