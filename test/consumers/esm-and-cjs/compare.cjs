const assert = require('node:assert/strict')

const expected = {
  chunkwise: 'JobOperator',
  'chunkwise/decorators': 'DecoratorError',
  'chunkwise/file': 'FlatFileItemReader',
  'chunkwise/http': 'HttpClient',
  'chunkwise/mysql': 'MysqlJobRepository',
  'chunkwise/opentelemetry': 'instrument',
  'chunkwise/postgres': 'PostgresJobRepository',
  'chunkwise/testing': 'ListItemReader',
}

/** Compares what `import` and `require` gave for each subpath. */
exports.compare = function compare(imported, required) {
  for (const [subpath, className] of Object.entries(expected)) {
    const names = Object.keys(imported[subpath])
    assert.deepEqual(Object.keys(required[subpath]).toSorted(), names.toSorted(), subpath)
    for (const name of names) assert.equal(imported[subpath][name], required[subpath][name], `${subpath} ${name}`)
    assert.equal(typeof imported[subpath][className], 'function', `${subpath} ${className}`)
  }
  assert.ok(imported.chunkwise.BatchError.prototype instanceof Error)
}

exports.subpaths = Object.keys(expected)

for (const name of ['pg', 'undici']) {
  assert.throws(() => require.resolve(name), { code: 'MODULE_NOT_FOUND' }, `this project must not have ${name}`)
}
