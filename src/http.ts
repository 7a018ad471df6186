// The client
export { HttpClient } from './item/http/http-client.js'
export type { HttpCallContext } from './item/http/http-client.js'
export type {
  CircuitBreakerOptions,
  HttpClientOptions,
  HttpHeaders,
  HttpRetryOptions,
  HttpTimeouts,
} from './item/http/client-options.js'
export type { HttpRequest, QueryValue } from './item/http/http-request.js'
export type { HttpResponse } from './item/http/http-response.js'

// Reading
export { HttpPagingItemReader } from './item/http/http-paging-item-reader.js'
export type { HttpPagingItemReaderOptions } from './item/http/http-paging-item-reader.js'
export type { HttpPage, HttpPageRequest, HttpPages } from './item/http/page-plan.js'
export type { PageOptions } from './item/http/page-loader.js'
export type { ValuePick } from './item/http/body-path.js'

// Writing and looking up
export { HttpItemWriter } from './item/http/http-item-writer.js'
export type {
  HttpChunkWriteOptions,
  HttpItemWriteOptions,
  HttpItemWriterOptions,
  HttpWriteOptions,
} from './item/http/http-item-writer.js'
export { HttpEnrichProcessor } from './item/http/http-enrich-processor.js'
export type {
  BatchEnrichOptions,
  EnrichOptions,
  HttpEnrichProcessorOptions,
  LookupCacheOptions,
  SingleEnrichOptions,
} from './item/http/http-enrich-processor.js'

// Errors
export {
  HttpBodyError,
  HttpClientClosedError,
  HttpConnectionError,
  HttpError,
  HttpItemRefusedError,
  HttpOriginError,
  HttpPagingError,
  HttpStatusError,
  HttpTimeoutError,
  HttpTooLargeError,
  isTransientHttpError,
} from './item/http/http-errors.js'
export type { HttpPhase } from './item/http/http-errors.js'
export { MissingPackageError } from './item/missing-package-error.js'
export { NotOpenError } from './item/not-open-error.js'

// The few members of undici that are asked for
export type {
  DispatchController,
  DispatchHandler,
  DispatchHeaders,
  DispatchRequest,
  HttpDispatcher,
  HttpProxy,
} from './item/http/http-dispatcher.js'
