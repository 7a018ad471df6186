import type { PrivateServer, PrivateServerOptions } from './private-server.mjs'

export type { PrivateServer as PrivatePostgres } from './private-server.mjs'

/**
 * Starts a private PostgreSQL server with data of its own, on a free port of 127.0.0.1, and resolves when it accepts connections
 * (a few seconds). It is stopped and deleted when this process dies, however it dies. Throws when the npm package with the binaries is missing (the message says
 * what to do), or when the server does not start (with its log).
 */
export function startPostgres(options?: PrivateServerOptions): Promise<PrivateServer>
