import type { PrivateServer, PrivateServerOptions } from './private-server.mjs'

export type { PrivateServer as PrivateMariadb } from './private-server.mjs'

/**
 * Starts a private MariaDB server with data of its own, on a free port of 127.0.0.1, and resolves when it accepts connections
 * (a few seconds). It is stopped and deleted when this process dies, however it dies. Throws when there is no MariaDB and none can be installed (the message says
 * what to do), or when the server does not start (with its log).
 */
export function startMariadb(options?: PrivateServerOptions): Promise<PrivateServer>
