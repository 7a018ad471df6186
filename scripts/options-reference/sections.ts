import ts from 'typescript'
import { type Declaration, type Option, optionsOf } from './option.js'
import { type PublicApi, symbolOf } from './public-api.js'
import { docText, type Taker, takersOf } from './takers.js'

/** All that is handed to one taker, or to several that take the same; or what an object holds that is an option itself. */
export interface Section {
  readonly subpath: string
  /** `PostgresPagingItemReader`; `chunk` and `chunkStep`; `RetryOptions` */
  readonly names: readonly string[]
  readonly summary: string
  readonly options: readonly Option[]
  /** Of each option, the sections of the objects that it holds, by name. */
  readonly held: ReadonlyMap<Option, readonly string[]>
}

/** Types with a section of their own where options hold them, besides those that are called `…Options`. */
const HELD = ['ParameterDeclaration', 'ChunkBounds', 'StepTimeouts', 'TaskletTimeouts', 'SkipRatio'].concat([
  'FlatFileColumn',
  'FixedLengthColumn',
  'HttpTimeouts',
  'HttpRequest',
  'HttpPages',
])

/** The sections in their order: for each subpath who takes options, then the objects that options hold. */
export function sectionsOf(api: PublicApi): readonly Section[] {
  const takers = api.subpaths.flatMap(({ name }) => grouped(name, takersOf(api, name), api.checker))
  const held = heldSections(api, takers)
  const all = api.subpaths.flatMap(({ name }) => [...takers, ...held].filter(({ subpath }) => subpath === name))
  const sections = new Set(held.flatMap(({ names }) => names))
  return all.map((section) => ({ ...section, held: links(api.checker, section.options, sections) }))
}

type Bare = Omit<Section, 'held'>

function grouped(subpath: string, takers: readonly Taker[], checker: ts.TypeChecker): readonly Bare[] {
  const groups = new Map<string, { options: readonly Option[]; takers: Taker[] }>()
  for (const taker of takers) {
    const options = optionsOf(checker, taker.types)
    if (options.length === 0) continue
    const key = options.map(({ declaration }) => `${declaration.getSourceFile().fileName}:${declaration.pos}`).join()
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { options, takers: [taker] })
    else group.takers.push(taker)
  }
  return [...groups.values()].map((group) => ({
    subpath,
    names: group.takers.map(({ name }) => name),
    summary: group.takers.length === 1 ? (group.takers[0]?.summary ?? '') : '',
    options: group.options,
  }))
}

function heldSections({ checker, subpaths }: PublicApi, takers: readonly Bare[]): readonly Bare[] {
  const found = new Map<ts.Symbol, Bare>()
  const look = (options: readonly Option[]): void => {
    for (const symbol of options.flatMap(({ declaration }) => typesIn(checker, declaration))) {
      const home = subpaths.find(({ exports }) => exports.some((exported) => exported.symbol === symbol))
      if (found.has(symbol) || home === undefined || !hasSection(symbol.name)) continue
      const held = optionsOf(checker, [checker.getDeclaredTypeOfSymbol(symbol)])
      const summary = docText(symbol.getDocumentationComment(checker))
      found.set(symbol, { subpath: home.name, names: [symbol.name], summary, options: held })
      look(held)
    }
  }
  look(takers.flatMap(({ options }) => options))
  return [...found.values()]
}

function links(
  checker: ts.TypeChecker,
  options: readonly Option[],
  sections: ReadonlySet<string>,
): ReadonlyMap<Option, readonly string[]> {
  return new Map(
    options.map((option) => {
      const names = typesIn(checker, option.declaration).map(({ name }) => name)
      return [option, [...new Set(names)].filter((name) => sections.has(name))]
    }),
  )
}

function hasSection(name: string): boolean {
  return name.endsWith('Options') || HELD.includes(name)
}

/** The named types that the value of an option may be or hold, aliases taken apart; not those of a function's parameters. */
function typesIn(checker: ts.TypeChecker, { type }: Declaration): readonly ts.Symbol[] {
  const found: ts.Symbol[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionTypeNode(node)) return
    const named = ts.isTypeReferenceNode(node) ? symbolOf(checker, node) : undefined
    const declared = named?.declarations?.[0]
    if (named === undefined || declared === undefined || declared.getSourceFile().isDeclarationFile) {
      ts.forEachChild(node, visit)
    } else if (!found.includes(named)) {
      found.push(named)
      if (!hasSection(named.name)) throughAlias(declared)
    }
  }
  const throughAlias = (declared: ts.Declaration): void => {
    if (ts.isTypeAliasDeclaration(declared)) visit(declared.type)
    else if (ts.isTypeParameterDeclaration(declared) && declared.constraint !== undefined) visit(declared.constraint)
    else if (ts.isInterfaceDeclaration(declared)) declared.members.filter(ts.isIndexSignatureDeclaration).forEach(visit)
  }
  if (type !== undefined) visit(type)
  return found
}
