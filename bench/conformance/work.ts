/** Waits, in the middle of the work, until the one who watches says that it goes on. */
export type Pause = () => Promise<void>

/** Which errors a policy is for. */
export type ErrorTest = (error: unknown) => boolean

/**
 * The job of a behaviour, said for both libraries: `copy` reads the ids of `source` in chunks of ten and writes them to
 * `target`, then `report` is called once.
 */
export interface Work {
  /** What becomes of an id; `null` leaves it out. Default: it stays as it is. */
  readonly process?: (id: number, pause: Pause) => number | null | Promise<number | null>
  /** Called where the rows of a chunk have been written, by the writer: an error of it is one of the write. */
  readonly written?: (ids: readonly number[]) => void
  readonly skip?: { readonly limit: number; readonly on: ErrorTest }
  /** `attempts` counts the first one. */
  readonly retry?: { readonly attempts: number; readonly on: ErrorTest }
  /** Into how many parts of the same size `copy` is cut. Default: it is not. */
  readonly partitions?: number
  /** Default: it does nothing. */
  readonly report?: () => void
}

/** The size of all chunks. */
export const CHUNK_SIZE = 10

/** What is wrong with an item, and stays so. */
export class BadItemError extends Error {
  override readonly name: string = 'BadItemError'
}
