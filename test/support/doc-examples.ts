import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import ts from 'typescript'
import { repository } from './architecture/source-file.js'

/** A block of TypeScript in a page or in a doc comment. */
export interface Example {
  /** The file below the repository. */
  readonly file: string
  /** The line of its first line, from 1. */
  readonly line: number
  readonly text: string
}

/** The examples of README.md, its translations, docs and the doc comments of src. */
export function docExamples(): readonly Example[] {
  return [...pages(), ...filesBelow('src', '.ts')].flatMap(examplesOf)
}

/** README.md, its translations, and what is in docs. */
export function pages(): readonly string[] {
  return [...readmes(), ...filesBelow('docs', '.md')]
}

/** The examples of one file below the repository. */
export function examplesOf(file: string): readonly Example[] {
  return examplesIn(file, readFileSync(join(repository, file), 'utf8'))
}

/** The translated pages, each with the page that it translates: README.ko.md of README.md, docs/ko/x.md of docs/x.md. */
export function translations(): readonly { readonly page: string; readonly original: string }[] {
  return pages()
    .map((page) => ({
      page,
      original: page.replace(/^README\.[a-z]{2}\.md$/, 'README.md').replace(/^docs\/[a-z]{2}\//, 'docs/'),
    }))
    .filter(({ page, original }) => page !== original)
}

function readmes(): readonly string[] {
  return readdirSync(repository).filter((name) => /^README(\.[a-z]{2})?\.md$/.test(name))
}

/** The fenced blocks marked `ts` or `typescript`; in a .ts file, those inside doc comments. */
export function examplesIn(file: string, text: string): readonly Example[] {
  const margin = file.endsWith('.ts') ? String.raw`[ \t]*\*[ \t]*` : String.raw`[ \t>]*`
  const opening = new RegExp(`^${margin}\`\`\`(?:ts|typescript)\\b`)
  const closing = new RegExp(`^${margin}\`\`\`\\s*$`)
  const prefix = file.endsWith('.ts') ? /^[ \t]*\*[ ]?/ : /^>[ ]?/
  const found: Example[] = []
  let start: number | undefined
  const lines = text.split('\n')
  lines.forEach((line, index) => {
    if (start === undefined) {
      if (opening.test(line)) start = index + 1
    } else if (closing.test(line)) {
      const block = lines.slice(start, index).map((inner) => inner.replace(prefix, ''))
      found.push({ file, line: start + 1, text: block.join('\n') })
      start = undefined
    }
  })
  if (start !== undefined) throw new Error(`${file}:${start}: a block of TypeScript without an end`)
  return found
}

/** Compiles each example as a module of its own. Returns what the compiler says, as `file:line message`. */
export function compileErrors(examples: readonly Example[]): readonly string[] {
  const options = compilerOptions()
  const byName = new Map(examples.map((example, index) => [join(repository, `example-${index}.ts`), example]))
  const host = ts.createCompilerHost(options, true)
  const plain = { ...host }
  // On the last line, so that line numbers stay: what exports is a module, and may await at its top.
  const moduleText = (name: string): string | undefined => {
    const example = byName.get(name)
    return example === undefined ? undefined : `${example.text}\nexport {}\n`
  }
  host.fileExists = (name) => byName.has(name) || plain.fileExists(name)
  host.readFile = (name) => moduleText(name) ?? plain.readFile(name)
  host.getSourceFile = (name, languageVersion, ...rest) => {
    const text = moduleText(name)
    if (text === undefined) return plain.getSourceFile(name, languageVersion, ...rest)
    return ts.createSourceFile(name, text, languageVersion)
  }
  const program = ts.createProgram([...byName.keys()], options, host)
  return [...byName].flatMap(([name, example]) => {
    const source = program.getSourceFile(name)
    const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return diagnostics.map((diagnostic) => describe(diagnostic, example))
  })
}

function describe({ file, start, messageText }: ts.Diagnostic, example: Example): string {
  const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line
  return `${example.file}:${example.line + line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
}

function compilerOptions(): ts.CompilerOptions {
  const file = join(repository, 'tsconfig.json')
  const { config } = ts.readConfigFile(file, (name) => readFileSync(name, 'utf8')) as { config: object }
  return ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, repository, {}, file).options
}

function filesBelow(folder: string, ending: string): readonly string[] {
  const root = join(repository, folder)
  if (!existsSync(root)) return []
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(repository, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .toSorted()
}
