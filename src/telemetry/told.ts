/** What is done with the events of a channel. */
export interface Told<T> {
  readonly start?: (message: T) => void
  readonly asyncEnd?: (message: T) => void
}
