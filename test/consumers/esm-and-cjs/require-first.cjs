const { compare, subpaths } = require('./compare.cjs')

const required = Object.fromEntries(subpaths.map((subpath) => [subpath, require(subpath)]))

async function main() {
  const imported = await Promise.all(subpaths.map(async (subpath) => [subpath, await import(subpath)]))
  compare(Object.fromEntries(imported), required)
}

void main()
