/* libcurl over GnuTLS: curl-gnutls URL CA_FILE. Debian has the library and no program for it; curl.h is not needed for this. */
#include <stdio.h>

enum { URL = 10002, CAINFO = 10065, NOBODY = 44 };
void *curl_easy_init(void);
int curl_easy_setopt(void *, int, ...);
int curl_easy_perform(void *);

int main(int argc, char **argv) {
  void *handle = curl_easy_init();
  if (argc != 3 || !handle) return 2;
  curl_easy_setopt(handle, URL, argv[1]);
  curl_easy_setopt(handle, CAINFO, argv[2]);
  curl_easy_setopt(handle, NOBODY, 1L);
  int code = curl_easy_perform(handle);
  printf("%d\n", code);
  return code;
}
