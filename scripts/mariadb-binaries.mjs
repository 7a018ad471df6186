// Finds a MariaDB server on this machine, or installs the system's.
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { unprivilegedUser, workFolder } from './server-user.mjs'

/** Where distributions put servers, beside the PATH. */
const FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec', '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']
// The second has what mariadb-install-db asks for.
const PACKAGES = ['mariadb-server-core', 'mariadb-client-core']

/**
 * @typedef {object} Binaries
 * @property {string} server
 * @property {string} install prepares a data directory
 * @property {{ uid: number, gid: number } | undefined} user whom to run as; undefined: as ourselves
 * @property {string} tmp a folder in which that user can work
 */

/** @returns {Binaries} */
export function mariadbBinaries() {
  const found = find() ?? installed()
  const user = unprivilegedUser('MariaDB', ['mysql'])
  return { ...found, user, tmp: workFolder('MariaDB', user) }
}

function find() {
  const server = locate('mariadbd') ?? locate('mysqld')
  const install = locate('mariadb-install-db')
  const complete = server !== undefined && install !== undefined && locate('my_print_defaults') !== undefined
  return complete ? { server, install } : undefined
}

function installed() {
  const remedy =
    `Install Debian's ${PACKAGES.join(' and ')} (or any with mariadbd and mariadb-install-db), or set ` +
    'CHUNKWISE_TEST_MYSQL_URL to a MySQL or MariaDB server on which the user may create databases.'
  if (process.getuid?.() !== 0 || locate('apt-get') === undefined) {
    throw new Error(`No MariaDB to start: there is none on this machine. ${remedy}`)
  }
  console.log(`installing ${PACKAGES.join(', ')} (apt-get)`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = ['install', '--yes', '--no-install-recommends', ...PACKAGES]
  const run = (args) => spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
  // A new machine has no list of packages yet.
  let done = run(install)
  if (done.status !== 0) {
    run(['update'])
    done = run(install)
  }
  const found = find()
  if (found === undefined)
    throw new Error(`apt-get could not install ${PACKAGES.join(', ')}: ${done.stderr.trim()} ${remedy}`)
  return found
}

function locate(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...FOLDERS]
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
