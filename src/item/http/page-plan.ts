import type { OptionCheck } from '../../domain/check-option.js'
import type { Json } from '../../support/json.js'
import { quote } from '../../support/quote.js'
import { checkPick, type ValuePick, valueAt } from './body-path.js'
import { HttpPagingError } from './http-errors.js'
import type { HttpRequest } from './http-request.js'
import type { HttpResponse } from './http-response.js'
import { nextLink } from './link-header.js'

/** A page that a service has given. */
export interface HttpPage<T = unknown> {
  /** The body, as JSON. */
  readonly body: unknown
  readonly items: readonly T[]
  readonly response: HttpResponse
}

/** The request for a page, kept as JSON in the checkpoint. */
export type HttpPageRequest = Omit<HttpRequest, 'body'> & { readonly body?: string }

/** How a service says where its next page is. A path that is not in the body means that there is none. */
export type HttpPages<T = unknown> =
  | {
      /** `'link'`: by a header `Link` with `rel="next"`. */
      readonly by: 'link'
    }
  | {
      /** `'url'`: by an address in the body. */
      readonly by: 'url'
      /** Where that address is, a path in the body or a function of the page. */
      readonly at: ValuePick<HttpPage<T>, string | null | undefined>
    }
  | {
      /** `'cursor'`: by a token in the body, to be sent back as a parameter of the query. */
      readonly by: 'cursor'
      /** Where that token is, a path in the body or a function of the page. */
      readonly at: ValuePick<HttpPage<T>, string | number | null | undefined>
      /** The name of the parameter that the token is sent back as. */
      readonly parameter: string
    }
  | {
      /** `'page'`: by counting pages, in a parameter of the query. */
      readonly by: 'page'
      /** The name of the parameter that pages are counted in. Default `'page'`. */
      readonly parameter?: string
      /** The number of the first page. Default 1. */
      readonly first?: number
      /** Whether there are more pages behind one, a path in its body or a function of it. Default: until one has no items. */
      readonly more?: ValuePick<HttpPage<T>, boolean>
    }
  | {
      /** `'offset'`: by counting items, in a parameter of the query. */
      readonly by: 'offset'
      /** The name of the parameter that items are counted in. Default `'offset'`. */
      readonly parameter?: string
      /** Whether there are more pages behind one, a path in its body or a function of it. Default: until one has no items. */
      readonly more?: ValuePick<HttpPage<T>, boolean>
    }
  /** By what a function makes of a page: the next request, or `null` after the last page. */
  | ((page: HttpPage<T>) => HttpPageRequest | null)

/** How pages follow one another, by tokens that are JSON. */
export interface PagePlan {
  /** The token of the first page. */
  readonly first: Json
  /** Whether it counts: such a service can give one page again and again without naming it twice. */
  readonly counts: boolean
  /** The request for the page of a token. */
  request(token: Json): HttpRequest
  /** The token of the page behind one; `undefined`: there is none. */
  next(token: Json, page: HttpPage): Json | undefined
  /** Whether a stored token is one of this plan. */
  isToken(token: Json): boolean
}

type Counting = Extract<HttpPages, { readonly by: 'page' | 'offset' }>
type Naming = Extract<HttpPages, { readonly by: 'link' | 'url' }>
type Cursor = Extract<HttpPages, { readonly by: 'cursor' }>
type Following = (page: HttpPage) => HttpPageRequest | null

const BY = ['link', 'url', 'cursor', 'page', 'offset'] as const
const KNOWN = {
  link: ['by'],
  url: ['by', 'at'],
  cursor: ['by', 'at', 'parameter'],
  page: ['by', 'parameter', 'first', 'more'],
  offset: ['by', 'parameter', 'more'],
} as const

/**
 * Makes a plan of what the option `pages` says.
 *
 * @throws InvalidOptionError it says something else
 */
export function pagePlan(check: OptionCheck, pages: HttpPages, first: HttpRequest): PagePlan {
  if (typeof pages === 'function') return byFunction(pages, first)
  if (typeof pages !== 'object' || pages === null) check.fail('pages', pages, "an object such as { by: 'link' }")
  const by = check.oneOf('pages.by', pages.by, BY)
  check.object(pages, KNOWN[by])
  if (pages.by === 'page' || pages.by === 'offset') return byCounting(check, pages, first)
  if (pages.by !== 'link') checkPick(check, 'pages.at', pages.at)
  if (pages.by !== 'cursor') return byAddress(pages, first)
  check.text('pages.parameter', pages.parameter)
  return byCursor(pages, first)
}

function byFunction(following: Following, first: HttpRequest): PagePlan {
  return {
    first: null,
    counts: false,
    request: (token) => (token === null ? first : (token as unknown as HttpPageRequest)),
    next: (_token, page) => {
      const request = following(page)
      // As it comes back from the checkpoint: what JSON leaves out is left out at once.
      return request === null ? undefined : (JSON.parse(JSON.stringify(request)) as Json)
    },
    isToken: (token) => typeof token === 'object' && !Array.isArray(token),
  }
}

function byAddress(pages: Naming, first: HttpRequest): PagePlan {
  const { query: _query, url: _url, ...rest } = first
  return {
    first: null,
    counts: false,
    request: (token) => (token === null ? first : { ...rest, url: token as string }),
    next: (_token, page) => {
      const { response } = page
      const next = pages.by === 'link' ? nextLink(response.headers['link']) : pickFrom(pages.at, page)
      if (isNothing(next)) return undefined
      if (typeof next === 'string' && URL.canParse(next, response.url)) return new URL(next, response.url).href
      throw new HttpPagingError(response.call, `names ${quote(next)} as the address of its next page, which is none`)
    },
    isToken: (token) => token === null || typeof token === 'string',
  }
}

function byCursor({ at, parameter }: Cursor, first: HttpRequest): PagePlan {
  const isCursor = (token: unknown): token is string | number => typeof token === 'string' || typeof token === 'number'
  return {
    first: null,
    counts: false,
    request: (token) => (isCursor(token) ? withParameter(first, parameter, token) : first),
    next: (_token, page) => {
      const next = pickFrom(at, page)
      if (isNothing(next)) return undefined
      if (isCursor(next)) return next
      throw new HttpPagingError(page.response.call, `names ${quote(next)} as its next page, neither text nor a number`)
    },
    isToken: (token) => token === null || isCursor(token),
  }
}

function byCounting(check: OptionCheck, pages: Counting, first: HttpRequest): PagePlan {
  const { by, parameter = by, more } = pages
  const start = by === 'page' ? check.integer('pages.first', pages.first ?? 1, 0) : 0
  check.text('pages.parameter', parameter)
  checkPick(check, 'pages.more', more, true)
  return {
    first: start,
    counts: true,
    request: (token) => withParameter(first, parameter, token as number),
    next: (token, page) => {
      if (page.items.length === 0) return undefined
      if (more !== undefined && isNothing(pickFrom(more, page))) return undefined
      return (token as number) + (by === 'page' ? 1 : page.items.length)
    },
    isToken: (token) => Number.isInteger(token) && (token as number) >= start,
  }
}

function withParameter(first: HttpRequest, name: string, value: string | number): HttpRequest {
  return { ...first, query: { ...first.query, [name]: value } }
}

function pickFrom(pick: ValuePick<HttpPage, unknown>, page: HttpPage): unknown {
  return typeof pick === 'function' ? pick(page) : valueAt(page.body, pick)
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '' || value === false
}
