/** An event of a stream, as it is sent. */
export interface SentEvent {
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

/** An answer as JSON. */
export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Talks to a service that runs jobs. */
export class HttpClient {
  readonly #url: string

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}`
  }

  /** Posts JSON, or nothing. */
  async post(path: string, body?: unknown): Promise<Answer> {
    const content = body === undefined ? {} : { body: JSON.stringify(body), headers: JSON_CONTENT }
    const response = await fetch(this.#url + path, { method: 'POST', ...content })
    return { status: response.status, body: (await response.json()) as Answer['body'] }
  }

  /** Starts the letters job, and gives the execution's id. */
  async start(parameters: object): Promise<number> {
    const { status, body } = await this.post('/jobs/letters', parameters)
    if (status !== 202) throw new Error(`the service answered ${status}: ${JSON.stringify(body)}`)
    return body['id'] as number
  }

  /** The status that a start is answered with when its body is this text. */
  async statusOf(body: string): Promise<number> {
    const response = await fetch(`${this.#url}/jobs/letters`, { method: 'POST', body, headers: JSON_CONTENT })
    await response.text()
    return response.status
  }

  /** Asks for events where there are none. */
  async refusal(path: string): Promise<Answer> {
    const response = await fetch(this.#url + path)
    return { status: response.status, body: (await response.json()) as Answer['body'] }
  }

  /** The events of an execution, until the service ends them; whoever ends the loop goes away. */
  async *events(id: number): AsyncGenerator<SentEvent, void> {
    const gone = new AbortController()
    const { status, body } = await fetch(`${this.#url}/executions/${id}/events`, { signal: gone.signal })
    if (status !== 200 || body === null) throw new Error(`the service answered ${status}`)
    let text = ''
    try {
      for await (const part of body.pipeThrough(new TextDecoderStream())) {
        const blocks = (text + part).split('\n\n')
        text = blocks.pop() ?? ''
        yield* blocks.map(parse)
      }
    } finally {
      gone.abort()
    }
  }

  /** Follows an execution until items are committed, then calls `act`, and goes on to the end. */
  async followed(id: number, act: () => unknown = () => {}): Promise<readonly SentEvent[]> {
    const all: SentEvent[] = []
    let acted = false
    for await (const one of this.events(id)) {
      all.push(one)
      if (acted || one.event !== 'progress' || one.data['items'] === 0) continue
      acted = true
      await act()
    }
    return all
  }
}

const JSON_CONTENT = { 'content-type': 'application/json' }

function parse(block: string): SentEvent {
  const [, event = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? []
  return { event, data: JSON.parse(data) as SentEvent['data'] }
}
