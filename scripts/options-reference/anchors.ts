/** The places that the headings of one page have, in their order, as GitHub names them. */
export class Anchors {
  readonly #taken = new Map<string, number>()

  /** The place of the next heading: `HttpClient.request` is `httpclientrequest`, and the second of that name `…-1`. */
  next(heading: string): string {
    const slug = heading
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
    const before = this.#taken.get(slug) ?? 0
    this.#taken.set(slug, before + 1)
    return before === 0 ? slug : `${slug}-${before}`
  }
}
