import type { Json } from '../../support/json.js'
import { PositionError } from '../item-errors.js'
import type { PagePlan } from './page-plan.js'

/** A place in a service's pages: behind the first `index` items of the page of a token; `undefined`: the end. */
export type PagePlace = { readonly token: Json; readonly index: number } | undefined

/** A place as a position. */
export function pagingPosition(place: PagePlace): Json {
  return place === undefined ? { end: true } : { page: place.token, index: place.index }
}

/**
 * The place that a position names; the first page's beginning where there is none.
 *
 * @throws PositionError it is not a position of such a reader
 */
export function parsePagingPosition(owner: string, plan: PagePlan, position: Json | undefined): PagePlace {
  if (position === undefined) return { token: plan.first, index: 0 }
  const stored = position as { readonly page?: Json; readonly index?: unknown; readonly end?: unknown } | null
  if (stored?.end === true) return undefined
  const { page, index } = stored ?? {}
  const isPlace = page !== undefined && plan.isToken(page) && Number.isInteger(index) && (index as number) >= 0
  if (isPlace) return { token: page, index: index as number }
  throw new PositionError(owner, position, 'it names no page of this kind; were `pages` other ones before?')
}
