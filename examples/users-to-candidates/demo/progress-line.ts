const WIDTH = 30

/** Shows how far the job is: a bar that moves on a terminal, a line every tenth elsewhere. */
export class ProgressLine {
  readonly #total: number
  readonly #before: number
  readonly #print: (line: string) => void
  readonly #terminal: NodeJS.WriteStream | undefined
  #begun = performance.now()
  #tenths: number
  #rate = 0
  #shown = ''

  /** `before` of the `total` items were read by earlier runs. `print` is for lines, where there is no terminal. */
  constructor(total: number, before: number, print: (line: string) => void) {
    this.#total = total
    this.#before = before
    this.#print = print
    this.#terminal = process.stdout.isTTY && print === console.log ? process.stdout : undefined
    this.#tenths = Math.floor((10 * before) / total)
  }

  /** Items a second since the job was started. */
  get rate(): number {
    return this.#rate
  }

  /** The job has started: time is counted from here. */
  begin(): void {
    this.#begun = performance.now()
  }

  /** Shows that `read` items of the total are read and committed. */
  show(read: number): void {
    this.#rate = Math.round((1000 * (read - this.#before)) / (performance.now() - this.#begun))
    if (this.#terminal === undefined) this.#line(read)
    else this.#bar(read, this.#terminal)
  }

  /** Leaves the bar as it is and goes to a new line. */
  end(): void {
    if (this.#shown !== '') this.#terminal?.write('\n')
    this.#shown = ''
  }

  #bar(read: number, terminal: NodeJS.WriteStream): void {
    const filled = Math.round((WIDTH * read) / this.#total)
    const text = `  [${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}] ${this.#text(read)}`
    if (text === this.#shown) return
    terminal.write(`\r${text.padEnd(this.#shown.length)}`)
    this.#shown = text
  }

  #line(read: number): void {
    const tenths = Math.floor((10 * read) / this.#total)
    if (tenths <= this.#tenths) return
    this.#tenths = tenths
    this.#print(`  ${this.#text(read)}`)
  }

  #text(read: number): string {
    const percent = String(Math.floor((100 * read) / this.#total)).padStart(3)
    return `${percent} %  ${number(read)} of ${number(this.#total)} users  ${number(this.#rate)} a second`
  }
}

/** A whole number for people: `200,000`. */
export function number(value: number): string {
  return value.toLocaleString('en-US')
}
