/* rpc_login.h: the login for a node's JSON-RPC: what the user wrote, or what the node has written
 * into its cookie file. Reads one small file; no network. */
#ifndef POOL_RPC_LOGIN_H
#define POOL_RPC_LOGIN_H

#include "pool.h"

/* Value. Never logged. */
struct pool_rpc_login {
    char user[POOL_LOGIN_MAX];
    char pass[POOL_LOGIN_MAX];
};

/** Login for a request that is made now. A cookie file is read each time: a node writes a new one
 * whenever it starts, and reading 75 bytes costs less than asking whether they are still right.
 * Returns: BASE_OK (both empty where the server has neither login nor cookie file);
 * BASE_E_NOT_FOUND the file cannot be read; BASE_E_FORMAT it holds no login. The sentence names the
 * file, never what is in it. */
BASE_MUST_CHECK enum base_status pool_rpc_login(struct pool_rpc_login *login,
                                                const struct pool_server *server,
                                                struct base_error *error);

#endif
