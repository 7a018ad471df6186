import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { repository } from './support/architecture/source-file.js'
import { pages } from './support/doc-examples.js'

const textOf = (page: string): string => readFileSync(join(repository, page), 'utf8')

/** Where the links of a page lead to, below the repository; addresses and places within the page left out. */
function linksOf(page: string): readonly string[] {
  const prose = textOf(page).replaceAll(/^```[\s\S]*?^```/gm, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => (link ?? '').replace(/#.*$/, ''))
    .filter((link) => link !== '' && !/^[a-z]+:/.test(link))
    .map((link) => join(dirname(page), link))
}

describe('links in pages', () => {
  test.each(pages())('of %s lead to something', (page) => {
    expect(linksOf(page).filter((link) => !existsSync(join(repository, link)))).toEqual([])
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
