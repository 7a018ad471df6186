import ts from 'typescript'
import { docText, unionOf } from './takers.js'
import { typeText } from './type-text.js'

/** One option, as the page shows it. */
export interface Option {
  readonly name: string
  /** Short, for reading. */
  readonly type: string
  /**
   * `'always'`: it must be given. `'in its shape'`: where the options come in several shapes, in those that have it.
   * `'no'`: it may be left out.
   */
  readonly required: 'always' | 'in its shape' | 'no'
  /** What happens when it is left out, as its doc comment says. */
  readonly default: string | undefined
  /** The rest of its doc comment. */
  readonly text: string
  /** Where it is declared. */
  readonly declaration: Declaration
}

/** What declares an option. */
export type Declaration = ts.PropertySignature | ts.MethodSignature

/** The options of a type: those that must be given first, the clock last; of a union those of all its shapes. */
export function optionsOf(checker: ts.TypeChecker, types: readonly ts.Type[]): readonly Option[] {
  const shapes = types.flatMap(unionOf).filter((shape) => shape.getCallSignatures().length === 0)
  const names = new Set(shapes.flatMap((shape) => shape.getProperties().map(({ name }) => name)))
  const named = [...names].map((name) => optionsNamed(checker, shapes, name)).filter((options) => options.length > 0)
  return named.toSorted((a, b) => rank(a) - rank(b)).flat()
}

function rank([first]: readonly Option[]): number {
  return first?.name === 'clock' ? 3 : ['always', 'in its shape', 'no'].indexOf(first?.required ?? 'no')
}

function optionsNamed(checker: ts.TypeChecker, shapes: readonly ts.Type[], name: string): readonly Option[] {
  const given = shapes.map((shape) => shape.getProperty(name)).filter((property) => isGiven(checker, property))
  const isInAll = given.length === shapes.length
  const found = new Map<Declaration, boolean>()
  for (const property of given) {
    const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0
    for (const declaration of (property.declarations ?? []).filter(isDeclaration)) {
      found.set(declaration, isOptional || found.get(declaration) === true)
    }
  }
  const saying = [...found.keys()].filter((declaration) => docOf(checker, declaration) !== '')
  const declarations = saying.length === 0 ? [...found.keys()] : saying
  const options = declarations.map((declaration) => describe(checker, declaration, found.get(declaration) === true))
  const different = options.filter((option, index) => options.findIndex((other) => isSame(option, other)) === index)
  const isNeeded = isInAll && different.every(({ required }) => required === 'always')
  return different.flatMap((option) => {
    const mayLack = option.required === 'no' || (!isInAll && option.default !== undefined)
    const text = mayLack ? option.text : docOf(checker, option.declaration)
    return [
      { ...option, text, required: mayLack ? 'no' : isNeeded ? 'always' : 'in its shape' } as const,
      ...innerOptions(checker, option.declaration),
    ]
  })
}

function describe(checker: ts.TypeChecker, declaration: Declaration, isOptional: boolean): Option {
  return {
    name: declaration.name.getText(),
    type: innerLiteral(declaration) === undefined ? typeText(checker, declaration) : 'object',
    required: isOptional ? 'no' : 'always',
    ...splitDefault(docOf(checker, declaration)),
    declaration,
  }
}

function isSame(a: Option, b: Option): boolean {
  return a.type === b.type && a.text === b.text && a.default === b.default
}

/** The options of an object that is written out in the type of an option: `onConflict.columns`. */
function innerOptions(checker: ts.TypeChecker, declaration: Declaration): readonly Option[] {
  const literal = innerLiteral(declaration)
  if (literal === undefined) return []
  const inner = optionsOf(checker, [checker.getTypeFromTypeNode(literal)])
  return inner.map((option) => ({ ...option, name: `${declaration.name.getText()}.${option.name}` }))
}

function innerLiteral({ type }: Declaration): ts.TypeLiteralNode | undefined {
  if (type === undefined || !ts.isTypeLiteralNode(type)) return undefined
  return type.members.some((member) => ts.getJSDocCommentsAndTags(member).length > 0) ? type : undefined
}

/** Whether a shape has the option: it does not where its type is `never` or `undefined`. */
function isGiven(checker: ts.TypeChecker, property: ts.Symbol | undefined): property is ts.Symbol {
  if (property === undefined) return false
  return (checker.getTypeOfSymbol(property).flags & (ts.TypeFlags.Never | ts.TypeFlags.Undefined)) === 0
}

function isDeclaration(node: ts.Declaration): node is Declaration {
  return ts.isPropertySignature(node) || ts.isMethodSignature(node)
}

function docOf(checker: ts.TypeChecker, declaration: Declaration): string {
  const symbol = checker.getSymbolAtLocation(declaration.name)
  return symbol === undefined ? '' : docText(symbol.getDocumentationComment(checker))
}

/**
 * Takes the default out of a doc comment: a sentence that begins with `Default` or `By default`; or, left in its place,
 * what stands before `, the default`.
 */
export function splitDefault(doc: string): { readonly default: string | undefined; readonly text: string } {
  const sentence = /(?:^|(?<=[.:?!] ))(?:Default:? |By default,? )((?:`[^`]*`|[^`])+?)\.(?= |$)/.exec(doc)
  if (sentence === null) return { default: /(`[^`]+`), the default\b/.exec(doc)?.[1], text: doc }
  const rest = `${doc.slice(0, sentence.index)}${doc.slice(sentence.index + sentence[0].length)}`
  return { default: sentence[1], text: rest.replaceAll(/ {2,}/g, ' ').trim() }
}
