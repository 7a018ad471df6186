import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JobHost } from './job-host.js'

/** A service that listens. */
export interface HttpService {
  readonly server: Server
  /** Takes no connections any more, and resolves when there are none. */
  close(): Promise<unknown>
}

/** Begins to listen with a framework. Port 0: one that is free. */
export type Listen = (host: JobHost, port: number) => Promise<HttpService>

/** Where it listens. */
export function portOf({ server }: HttpService): number {
  return (server.address() as AddressInfo).port
}

/**
 * Ends a service: first its jobs, so that those who watch them are told, then its connections. A client may hold one that it
 * has opened ahead and asks nothing on, for which Node would wait a minute: those are cut after a second.
 */
export async function closeService(host: JobHost, service: HttpService): Promise<void> {
  await host.close()
  const late = setTimeout(() => service.server.closeAllConnections(), 1_000)
  await service.close()
  clearTimeout(late)
}
