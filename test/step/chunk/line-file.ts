import type { ItemStream, ItemWriter, Json, WriteContext } from 'chunkwise'

/** What a test does at moments of a {@link LineWriter}. */
export interface LineHooks {
  /** Where to begin; by default at the position, or at the beginning. */
  readonly open?: (position: Json | undefined) => Json
  /** Called before each line is written; throws to fail in the middle of a write. */
  readonly line?: (line: string, context: WriteContext) => void | Promise<void>
  readonly returnTo?: () => void | Promise<void>
  readonly complete?: () => void
}

/** What stands in for a file: it outlives the writers that write to it. */
export class LineFile {
  readonly lines: string[] = []
  readonly calls: string[] = []

  writer(hooks: LineHooks = {}): LineWriter {
    return new LineWriter(this, hooks)
  }
}

/** Writes a line an item, and keeps its place as a file writer does: behind the last committed line. */
export class LineWriter implements ItemWriter<unknown>, ItemStream {
  readonly #file: LineFile
  readonly #hooks: LineHooks

  constructor(file: LineFile, hooks: LineHooks) {
    this.#file = file
    this.#hooks = hooks
  }

  open(position: Json | undefined): void {
    this.#file.calls.push(`open ${JSON.stringify(position)}`)
    const place = this.#hooks.open?.(position) ?? position ?? { lines: 0 }
    this.#file.lines.length = (place as { lines: number }).lines
  }

  async write(items: readonly unknown[], context: WriteContext): Promise<void> {
    this.#file.calls.push(`write ${items.length}`)
    for (const item of items) {
      const line = typeof item === 'string' ? item : JSON.stringify(item)
      await this.#hooks.line?.(line, context)
      this.#file.lines.push(line)
    }
  }

  position(): Json {
    return { lines: this.#file.lines.length }
  }

  async returnTo(position: Json): Promise<void> {
    this.#file.calls.push(`returnTo ${JSON.stringify(position)}`)
    await this.#hooks.returnTo?.()
    this.#file.lines.length = (position as { lines: number }).lines
  }

  complete(): void {
    this.#file.calls.push('complete')
    this.#hooks.complete?.()
  }

  close(): void {
    this.#file.calls.push('close')
  }
}
