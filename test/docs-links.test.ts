import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Anchors } from '../scripts/options-reference/anchors.js'
import { repository } from './support/architecture/source-file.js'
import { pages } from './support/doc-examples.js'

const textOf = (page: string): string => readFileSync(join(repository, page), 'utf8')

const proseOf = (page: string): string => textOf(page).replaceAll(/^```[\s\S]*?^```/gm, '')

/** Where the links of a page lead to, addresses left out: a file below the repository, and a place in it. */
function targetsOf(page: string): readonly { readonly file: string; readonly place: string | undefined }[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => link.split('#'))
    .map(([file = '', place]) => ({ file: file === '' ? page : join(dirname(page), file), place }))
}

const linksOf = (page: string): readonly string[] => targetsOf(page).map(({ file }) => file)

/** The places of a page that a link may lead to: its headings. */
function placesOf(page: string): readonly string[] {
  const anchors = new Anchors()
  return [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchors.next(heading))
}

describe('links in pages', () => {
  test.each(pages())('of %s lead to something', (page) => {
    expect(linksOf(page).filter((link) => !existsSync(join(repository, link)))).toEqual([])
  })

  test.each(pages())('of %s lead to headings that are there', (page) => {
    const lost = targetsOf(page).filter(({ file, place }) => {
      return place !== undefined && file.endsWith('.md') && !placesOf(file).includes(place)
    })
    expect(lost).toEqual([])
  })

  test.each(pages().filter((page) => page.startsWith('README')))('of %s lead to every guide', (page) => {
    const guides = readdirSync(join(repository, 'docs/guide')).map((name) => `docs/guide/${name}`)
    expect(guides.filter((guide) => !linksOf(page).includes(guide))).toEqual([])
  })

  test.each(pages().filter((page) => page.startsWith('README')))('%s names every import', (page) => {
    const { exports } = JSON.parse(textOf('package.json')) as { exports: Record<string, unknown> }
    const subpaths = Object.keys(exports).filter((path) => !path.endsWith('.json'))
    const missing = subpaths.filter((path) => !textOf(page).includes(`| \`${path.replace('.', 'chunkwise')}\``))
    expect(missing).toEqual([])
  })
})
