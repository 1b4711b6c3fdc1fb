// libcurl's setters and getters are variadic, which Swift cannot call. Each function here is one of them with
// the type of its last argument fixed; the manual of an option names that type.

// The typecheck macros of curl's header need the option as a constant, which a parameter is not.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

/// Sets an option whose manual says `long`.
static inline CURLcode pm_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

/// Sets an option whose manual says `curl_off_t`.
static inline CURLcode pm_curl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

/// Sets an option whose manual says `char *`. curl copies the text.
static inline CURLcode pm_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

/// Sets an option whose manual says `void *`, a buffer or a list. curl keeps the pointer.
static inline CURLcode pm_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

/// Sets CURLOPT_WRITEFUNCTION, CURLOPT_HEADERFUNCTION or CURLOPT_READFUNCTION, which have the same type.
static inline CURLcode pm_curl_set_writer(CURL *handle, CURLoption option, curl_write_callback value) {
    return curl_easy_setopt(handle, option, value);
}

/// Sets CURLOPT_OPENSOCKETFUNCTION.
static inline CURLcode pm_curl_set_opener(CURL *handle, curl_opensocket_callback value) {
    return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, value);
}

/// Sets CURLOPT_PREREQFUNCTION.
static inline CURLcode pm_curl_set_prerequisite(CURL *handle, curl_prereq_callback value) {
    return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, value);
}

/// Gets a fact whose manual says `long *`.
static inline CURLcode pm_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

/// Gets a fact whose manual says `curl_off_t *`.
static inline CURLcode pm_curl_get_size(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}

/// Gets CURLINFO_PRIVATE. Its manual says `char **`, but it returns the pointer that was set as `void *`.
static inline CURLcode pm_curl_get_private(CURL *handle, void **value) {
    return curl_easy_getinfo(handle, CURLINFO_PRIVATE, (char **)value);
}

/// Sets an option of a multi handle whose manual says `long`.
static inline CURLMcode pm_curl_multi_set_long(CURLM *handle, CURLMoption option, long value) {
    return curl_multi_setopt(handle, option, value);
}
