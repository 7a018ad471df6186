import { chunkStep, type ItemReader, type ItemStep, type ItemWriter } from 'chunkwise'

/** A line of an order. */
export interface OrderLine {
  readonly article: string
  readonly pieces: number
  readonly cents: number
}

/** What an order line costs. */
export interface Price {
  readonly article: string
  readonly total: number
}

/** The step under test. Reader and writer come from outside: a database in the service, lists in a test. */
export function priceStep(reader: ItemReader<OrderLine>, writer: ItemWriter<Price>): ItemStep<OrderLine, Price> {
  return chunkStep('price', {
    chunkSize: 2,
    reader,
    processor: ({ article, pieces, cents }) => {
      if (cents < 0) throw new RangeError(`article ${article} has a negative price`)
      return pieces === 0 ? null : { article, total: pieces * cents }
    },
    writer,
  })
}
