/* inquiry.h: questions to a node over HTTP that find out why it gives no work: asked one after the
 * other, answered in any way, summed up in one sentence. The questions are a family's; the callers
 * (source/diagnosis.c, tools/doctor.c) wait for the answers. */
#ifndef POOL_INQUIRY_H
#define POOL_INQUIRY_H

#include "transport/transport.h"

enum { POOL_FINDINGS_MAX = 4 };

enum pool_finding_result { POOL_FINDING_GOOD, POOL_FINDING_BAD, POOL_FINDING_NOT_ASKED };

/* One fact about a node. */
struct pool_finding {
    const char *name; /* constant, one word, for the doctor's report */
    enum pool_finding_result result;
    char text[96];
};

/* One inquiry. Value. */
struct pool_inquiry {
    const struct pool_inquiry_ops *ops; /* set by pool_inquiry_begin, with the next two */
    const struct pool_server *server;   /* borrowed */
    bool silent;        /* the port that should give work accepts and says nothing */
    bool quiet;         /* it gave work, is still connected, and gives none now; set after begin */
    unsigned step;      /* the family's: which question is next */
    uint16_t http_port; /* that the questions go to */
    uint16_t work_port; /* where work is given, as the node says; 0: it has not said */
    bool reached;       /* it answered like a node */
    bool locked;        /* it did, and tells nothing without a key */
    bool fine;          /* nothing was found that keeps miners away; set at the end */
    size_t finding_count;
    struct pool_finding findings[POOL_FINDINGS_MAX];
    char text[POOL_TEXT_MAX]; /* the sentence, printable; "" until the end */
};

struct pool_inquiry_ops {
    const char *key_header; /* name of the header that shows --api-key */
    /** First step of an inquiry whose first three members are set.
     * In: itself  ask whether the port of the URL is the HTTP port of such a node. */
    void (*begin)(struct pool_inquiry *inquiry, bool itself);
    /** Path and port of the next question; NULL: text is ready. */
    const char *(*question)(const struct pool_inquiry *inquiry, uint16_t *port);
    /** JSON-RPC method without parameters: the question is a POST with the login of the URL, to the
     * path of the URL. NULL: questions are GETs. */
    const char *rpc_method;
    /** Take an answer and go on. code is the HTTP status, 0: none came. body is not to be trusted.
     */
    void (*answer)(struct pool_inquiry *inquiry, long code, const char *body, size_t size);
};

/** Begin. silent and itself as above. */
void pool_inquiry_begin(struct pool_inquiry *inquiry, const struct pool_inquiry_ops *ops,
                        const struct pool_server *server, bool silent, bool itself);

/** Begin the request of an inquiry's next question. Returns as pool_link_request. */
BASE_MUST_CHECK enum base_status pool_inquiry_ask(const struct pool_inquiry *inquiry,
                                                  struct pool_link **link, const char *path,
                                                  uint16_t port, const char *api_key,
                                                  const struct pool_transport_options *options,
                                                  struct base_error *error);

/** End with this sentence. */
BASE_PRINTF(2, 3)
void pool_inquiry_finish(struct pool_inquiry *inquiry, const char *format, ...);

/** Add a finding; one of the same name is replaced. */
BASE_PRINTF(4, 5)
void pool_inquiry_note(struct pool_inquiry *inquiry, const char *name,
                       enum pool_finding_result result, const char *format, ...);

#endif
