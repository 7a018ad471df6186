import type { ItemContext, ReadContext, WriteContext } from '../../../src/index.js'
import { testStepContext } from '../../../src/testing.js'

/** A context to call a reader, a processor or a writer of this folder with. */
export function pluggedContext(
  given: Partial<ItemContext & WriteContext> = {},
): ReadContext & ItemContext & WriteContext {
  return { ...testStepContext(), key: 'key', keys: [], ...given } as ReadContext & ItemContext & WriteContext
}
