import type { JobDescription, NodeDescription, TransitionDescription } from './job-description.js'

/** A job as the text of a Mermaid flowchart: https://mermaid.js.org/syntax/flowchart.html */
export function mermaidOf(job: Omit<JobDescription, 'mermaid'>): string {
  return new Flowchart(job).draw()
}

class Flowchart {
  readonly #job: Omit<JobDescription, 'mermaid'>
  /** Names may be any text, ids may not. */
  readonly #ids: ReadonlyMap<string, string>
  readonly #inside = new Map<string | undefined, NodeDescription[]>()
  #ends = 0

  constructor(job: Omit<JobDescription, 'mermaid'>) {
    this.#job = job
    this.#ids = new Map(job.nodes.map(({ name }, index) => [name, `n${index}`]))
    for (const node of job.nodes) {
      const siblings = this.#inside.get(node.in)
      if (siblings === undefined) this.#inside.set(node.in, [node])
      else siblings.push(node)
    }
  }

  draw(): string {
    const edges = this.#job.transitions.map((transition) => `  ${this.#edge(transition)}`)
    const begin = `  begin((" ")) --> ${this.#id(this.#job.start)}`
    return ['flowchart TD', begin, ...this.#nodes(undefined, '  '), ...edges].join('\n')
  }

  #nodes(inside: string | undefined, indent: string): readonly string[] {
    return (this.#inside.get(inside) ?? []).flatMap((node) => {
      const id = this.#id(node.name)
      if (!this.#inside.has(node.name)) return [`${indent}${id}${shape(node)}`]
      const inner = this.#nodes(node.name, `${indent}  `)
      return [`${indent}subgraph ${id}["${escape(node.name)}"]`, ...inner, `${indent}end`]
    })
  }

  #edge({ from, on, to, end, exitCode, restartAt }: TransitionDescription): string {
    const arrow = on === undefined ? '-->' : `-->|"${escape(on)}"|`
    if (to !== undefined) return `${this.#id(from)} ${arrow} ${this.#id(to)}`
    const text = exitCode === undefined || exitCode === end ? end : `${end}: ${exitCode}`
    const stop = `${this.#id(from)} ${arrow} e${this.#ends}(["${escape(text ?? '')}"])`
    const restart = restartAt === undefined ? '' : `\n  e${this.#ends} -.->|"restart"| ${this.#id(restartAt)}`
    this.#ends++
    return stop + restart
  }

  #id(name: string): string {
    return this.#ids.get(name) ?? 'unknown'
  }
}

function shape({ name, kind }: NodeDescription): string {
  const label = `"${escape(name)}"`
  if (kind === 'decision') return `{${label}}`
  return kind === 'job' ? `[[${label}]]` : `[${label}]`
}

/** Mermaid takes entities of HTML with # instead of &. */
function escape(text: string): string {
  return text
    .replaceAll('#', '#35;')
    .replaceAll('"', '#quot;')
    .replaceAll(/[\r\n]+/g, ' ')
}
