/*
 * PAM module of the step-up sshd: asks the user what the SSH gate says, and tells the gate the answers. It knows no
 * question, no answer and no key; it decides nothing. Whatever goes wrong, the answer is no.
 *
 *   auth requisite pam_vestibule.so socket=/run/vestibule/step-up.sock
 *
 * Lines over the gate's Unix socket, at most 1,023 bytes each:
 *
 *   module  step-up 1 / user NAME / service NAME / peer IP PORT IP PORT (sshd's SSH_CONNECTION) / an empty line
 *   gate    ask 0 PROMPT (hidden) | ask 1 PROMPT (shown) | allow | deny SENTENCE
 *   module  answer TEXT      (after each ask)
 */
#define _GNU_SOURCE
#define PAM_SM_AUTH
#include <errno.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#define LINE 1024
/* More than the gate lets anybody try. */
#define MOST_QUESTIONS 8
/* The gate answers within seconds; people take their time inside the conversation, not here. */
#define WITHIN_S 15

static const char *socket_path(int argc, const char **argv) {
  const char *path = "/run/vestibule/step-up.sock";
  for (int i = 0; i < argc; i++)
    if (strncmp(argv[i], "socket=", 7) == 0) path = argv[i] + 7;
  return path;
}

static int connect_gate(const char *path) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  struct timeval within = {.tv_sec = WITHIN_S};
  if (strlen(path) >= sizeof to.sun_path) return -1;
  strcpy(to.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &within, sizeof within);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &within, sizeof within);
  if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0) return fd;
  int why = errno;
  close(fd);
  errno = why;
  return -1;
}

/* One line, of a name and a text that must hold no line end. */
static int say(int fd, const char *name, const char *text) {
  char line[LINE + 1];
  if (strpbrk(text, "\r\n") != NULL) return -1;
  int length = snprintf(line, sizeof line, "%s%s%s\n", name, *text ? " " : "", text);
  int sent = -1;
  if (length > 0 && length <= LINE) {
    int at = 0;
    while (at < length) {
      ssize_t n = send(fd, line + at, (size_t)(length - at), MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      at += (int)n;
    }
    if (at == length) sent = 0;
  }
  explicit_bzero(line, sizeof line);
  return sent;
}

/* Byte by byte: lines are few and short, and nothing after one may be swallowed. */
static int hear(int fd, char line[LINE]) {
  for (int at = 0; at < LINE;) {
    ssize_t n = recv(fd, line + at, 1, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return -1;
    if (line[at] == '\n') {
      line[at] = 0;
      return 0;
    }
    at++;
  }
  return -1;
}

static int introduce(pam_handle_t *pamh, int fd, const char *user) {
  const void *service = NULL;
  const char *peer = pam_getenv(pamh, "SSH_CONNECTION");
  if (peer == NULL || pam_get_item(pamh, PAM_SERVICE, &service) != PAM_SUCCESS || service == NULL) {
    pam_syslog(pamh, LOG_ERR, "not called by sshd: there is no SSH_CONNECTION");
    return -1;
  }
  return say(fd, "step-up", "1") || say(fd, "user", user) || say(fd, "service", service) ||
         say(fd, "peer", peer) || say(fd, "", "");
}

static int ask(pam_handle_t *pamh, int fd, int shown, const char *prompt) {
  char *answer = NULL;
  int style = shown ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF;
  int result = pam_prompt(pamh, style, &answer, "%s", prompt);
  if (result != PAM_SUCCESS || answer == NULL) return -1;
  int said = say(fd, "answer", answer);
  explicit_bzero(answer, strlen(answer));
  free(answer);
  return said;
}

static int converse(pam_handle_t *pamh, int fd) {
  char line[LINE];
  for (int asked = 0; asked <= MOST_QUESTIONS; asked++) {
    if (hear(fd, line) != 0) return PAM_AUTHINFO_UNAVAIL;
    if (strcmp(line, "allow") == 0) return PAM_SUCCESS;
    if (strncmp(line, "deny", 4) == 0) {
      if (line[4] == ' ') pam_prompt(pamh, PAM_ERROR_MSG, NULL, "%s", line + 5);
      return PAM_AUTH_ERR;
    }
    int shown = strncmp(line, "ask 1 ", 6) == 0;
    if (!shown && strncmp(line, "ask 0 ", 6) != 0) return PAM_AUTHINFO_UNAVAIL;
    if (ask(pamh, fd, shown, line + 6) != 0) return PAM_AUTH_ERR;
  }
  return PAM_AUTH_ERR;
}

int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv) {
  (void)flags;
  const char *user = NULL;
  const char *path = socket_path(argc, argv);
  if (pam_get_user(pamh, &user, NULL) != PAM_SUCCESS || user == NULL) return PAM_USER_UNKNOWN;
  int fd = connect_gate(path);
  if (fd < 0) {
    pam_syslog(pamh, LOG_ERR, "the gate's socket %s cannot be reached: %s", path, strerror(errno));
    return PAM_AUTHINFO_UNAVAIL;
  }
  int result = introduce(pamh, fd, user) == 0 ? converse(pamh, fd) : PAM_AUTHINFO_UNAVAIL;
  close(fd);
  if (result == PAM_AUTHINFO_UNAVAIL) pam_syslog(pamh, LOG_ERR, "the gate gave no verdict on %s", user);
  return result;
}

/* Success, or a chain of this module alone would fail after the login (pam_setcred). */
int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv) {
  (void)pamh, (void)flags, (void)argc, (void)argv;
  return PAM_SUCCESS;
}
