import { Anchors } from './anchors.js'
import type { Option } from './option.js'
import type { PublicApi } from './public-api.js'
import { type Section, sectionsOf } from './sections.js'

const HEAD = `# Options

Every options object that the package takes, by import, and who takes it. This page is written from the doc comments of
the sources: \`npm run docs:options\`. A mistyped name does not compile; in plain JavaScript, an error says which one was
meant.

A time is a number of milliseconds or a text with its unit: \`'250ms'\`, \`'30s'\`, \`'5m'\`, \`'2h'\`, \`'1d'\`. Where options come in
several shapes, such as \`sql\` or \`select\` and \`from\`, *in its shape* marks those that one of them needs and others do not have.
`

/** docs/reference/options.md. */
export function optionsPage(api: PublicApi): string {
  const sections = sectionsOf(api)
  const anchors = anchorsOf(sections)
  const link = (section: Section): string => `[${section.names.join(', ')}](#${anchors.get(section)})`
  const subpaths = [...new Set(sections.map(({ subpath }) => subpath))]
  const of = (subpath: string): readonly Section[] => sections.filter((section) => section.subpath === subpath)
  const contents = subpaths.map((subpath) => wrapped(`- \`${subpath}\`: `, of(subpath).map(link)))
  const bodies = subpaths.flatMap((subpath) => [
    `## ${subpath}\n`,
    ...of(subpath).map((section) => sectionText(section, (name) => linkTo(name, sections, link))),
  ])
  return [HEAD, `${contents.join('\n')}\n`, ...bodies].join('\n')
}

/** Links one after another, in lines that are no longer than they must be. */
function wrapped(start: string, links: readonly string[]): string {
  return links.reduce((text, link, index) => {
    const line = text.slice(text.lastIndexOf('\n') + 1)
    if (index === 0) return `${text}${link}`
    return line.length + link.length > 117 ? `${text} ·\n  ${link}` : `${text} · ${link}`
  }, start)
}

function linkTo(name: string, sections: readonly Section[], link: (section: Section) => string): string {
  const section = sections.find(({ names }) => names.includes(name))
  return section === undefined ? name : link(section)
}

/** Where the sections are on the page, below the headings of the page and of their imports. */
function anchorsOf(sections: readonly Section[]): ReadonlyMap<Section, string> {
  const anchors = new Anchors()
  let subpath = ''
  anchors.next('Options')
  return new Map(
    sections.map((section) => {
      if (section.subpath !== subpath) anchors.next((subpath = section.subpath))
      return [section, anchors.next(section.names.join(', '))]
    }),
  )
}

function sectionText({ names, summary, options, held }: Section, link: (name: string) => string): string {
  const rows = options.map((option) => rowOf(option, (held.get(option) ?? []).map(link)))
  const table = ['| option | type | default | |', '| --- | --- | --- | --- |', ...rows]
  return [`### ${names.join(', ')}\n`, ...(summary === '' ? [] : [`${summary}\n`]), `${table.join('\n')}\n`].join('\n')
}

function rowOf(option: Option, links: readonly string[]): string {
  const required = { always: '**required**', 'in its shape': '*in its shape*', no: option.default ?? '' }
  const see = links.length === 0 ? '' : `See ${links.join(' and ')}.`
  const cells = [`\`${option.name}\``, `\`${option.type}\``, required[option.required], `${option.text} ${see}`.trim()]
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`
}
