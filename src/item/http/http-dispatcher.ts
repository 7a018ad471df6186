import type { ConnectionOptions } from 'node:tls'
import type * as Undici from 'undici'
import { MissingPackageError } from '../missing-package-error.js'

/** One request, as undici takes it. */
export interface DispatchRequest {
  readonly origin: string
  readonly path: string
  readonly method: string
  readonly headers: Record<string, string>
  readonly body: string | Uint8Array | null
  /** 0: the client sees to it. */
  readonly headersTimeout: number
  readonly bodyTimeout: number
}

/** The headers of an answer, as undici gives them. */
export type DispatchHeaders = Readonly<Record<string, string | string[] | undefined>>

/** What ends a request that undici has begun. */
export interface DispatchController {
  abort(reason: Error): void
}

/** Who is told what becomes of a request. */
export interface DispatchHandler {
  onRequestStart(controller: DispatchController): void
  /** Also for interim answers, with a status below 200. */
  onResponseStart(controller: DispatchController, status: number, headers: DispatchHeaders): void
  onResponseData(controller: DispatchController, part: Uint8Array): void
  onResponseEnd(controller: DispatchController): void
  onResponseError(controller: DispatchController, error: Error): void
}

/** The one method that is asked of a dispatcher of undici's: an `Agent`, a `Pool`, a `ProxyAgent`, a `MockAgent`. */
export interface HttpDispatcher {
  dispatch(request: DispatchRequest, handler: DispatchHandler): boolean
}

/** A dispatcher that the client has made, and ends. */
export interface OwnDispatcher extends HttpDispatcher {
  destroy(error: Error | null): Promise<void>
}

/** How a connection is made through a proxy: the address of the proxy, or the options of undici's `ProxyAgent`. */
export type HttpProxy = string | { readonly uri: string; readonly [option: string]: unknown }

/** What a client's own dispatcher needs to be made. */
export interface DispatcherOptions {
  readonly connections: number
  /** In milliseconds. */
  readonly connectTimeout: number
  readonly tls: ConnectionOptions | undefined
  readonly proxy: HttpProxy | undefined
}

/**
 * Makes the keep-alive pool of one origin.
 *
 * @throws MissingPackageError undici is not installed
 */
export async function openDispatcher(origin: string, options: DispatcherOptions): Promise<OwnDispatcher> {
  const { Pool, ProxyAgent } = await loadUndici()
  const { connections, connectTimeout, tls, proxy } = options
  // The client limits these itself, by its own clock.
  const limits = { connections, headersTimeout: 0, bodyTimeout: 0 }
  const connect = { timeout: connectTimeout, ...tls } as Undici.buildConnector.BuildOptions
  if (proxy === undefined) return new Pool(origin, { ...limits, connect })
  const given = typeof proxy === 'string' ? { uri: proxy } : proxy
  return new ProxyAgent({ ...limits, requestTls: connect, proxyTls: { timeout: connectTimeout }, ...given })
}

async function loadUndici(): Promise<typeof Undici> {
  try {
    return await import('undici')
  } catch (error) {
    throw new MissingPackageError('HttpClient', 'undici', error)
  }
}
