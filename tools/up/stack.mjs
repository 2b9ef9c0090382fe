import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { endNotedProcesses } from '../embedded/index.js';
import { installPackages, packagesAreInstalled } from '../workspace/ensure-packages.mjs';
import { ROOT } from '../workspace/root.mjs';
import { nx, runScript } from '../workspace/run.mjs';
import { DataDir } from './data-dir.mjs';
import { developmentKeys } from './development-keys.mjs';
import { gatewayFile } from './gateway-file.mjs';
import { checkPorts, servicePlan } from './ports.mjs';
import { Service } from './service.mjs';
import { endLeftStores, removePostgresData, Stores } from './stores.mjs';
import { summary } from './summary.mjs';

const LEFTOVER_GRACE_MS = 5_000;

/** Everything that `up` runs, from the first step to the last process gone. */
export class Stack {
  #settings;
  #steps;
  #interruption;
  #plan;
  #stores;
  #notes;
  /** @type {Service[]} in the order in which they are stopped */
  #services = [];
  #unlock = () => {};
  #env;

  /**
   * @param {import('./settings.mjs').UpSettings} settings
   * @param {import('../terminal/steps.mjs').Steps} steps
   * @param {import('./interruption.mjs').Interruption} interruption
   */
  constructor(settings, steps, interruption) {
    const dataDir = new DataDir(settings.dataDir);
    this.dataDir = dataDir;
    this.#settings = settings;
    this.#steps = steps;
    this.#interruption = interruption;
    this.#plan = servicePlan(settings);
    this.#notes = dataDir.at('processes');
    this.#stores = new Stores(dataDir, settings, { say: (line) => steps.say(line), giveUp: (error) => interruption.fail(error) });
    this.#env = { BOOTSTRAP_ADMIN_EMAIL: 'owner@localhost', HOST: settings.host, SHUTDOWN_DELAY_SECONDS: '0', SHUTDOWN_GRACE_SECONDS: '10', ...settings.env };
  }

  /**
   * Resolves when every service is ready and the summary is printed.
   * @throws {Error} with a sentence for a human; `down` takes away what was started until then
   */
  async up({ reset }) {
    const start = Date.now();
    this.dataDir.open();
    this.#unlock = this.dataDir.lock();
    await this.#endLeftovers();
    if (reset) await this.#reset();
    await checkPorts(this.#plan, this.#settings.host);
    await this.#install();
    await this.#step('Build', () => this.#build(), { patience: existsSync(join(ROOT, 'dist/apps/gateway/main.js')) ? undefined : 'the first time takes a little' });
    await this.#step('Postgres and Redis', async () => this.#addStores(await this.#stores.start()));
    await this.#step('Migrations', () => this.#migrate());
    const file = await this.#step('Keys and gateway file', () => this.#prepare());
    await this.#step(`${this.#plan.length} services`, () => this.#startServices());
    this.#steps.print(summary({ settings: this.#settings, services: this.#services, env: this.#env, file, dataDir: this.dataDir, tookMs: Date.now() - start }));
  }

  /** Gateways, worker, scheduler, board, Redis, Postgres. Never throws. */
  async down() {
    const { haste } = this.#interruption;
    const graceMs = (Number(this.#env.SHUTDOWN_DELAY_SECONDS) + Number(this.#env.SHUTDOWN_GRACE_SECONDS) + 5) * 1_000;
    if (this.#services.length > 0 || !this.#stores.isEmpty) this.#steps.print('\nStopping; Ctrl-C again ends everything at once.');
    const gateways = this.#services.filter(({ name }) => name.startsWith('gateway'));
    const others = this.#services.filter(({ name }) => !name.startsWith('gateway'));
    await Promise.all(gateways.map((service) => this.#stopService(service, { graceMs, haste })));
    for (const service of others) await this.#stopService(service, { graceMs, haste });
    await this.#stores.stop().catch((error) => this.#steps.say(error.message));
    this.#unlock();
  }

  #step(title, work, options) {
    this.#interruption.signal.throwIfAborted();
    return this.#steps.run(title, work, options);
  }

  async #endLeftovers() {
    const left = await endNotedProcesses(this.#notes, { graceMs: LEFTOVER_GRACE_MS });
    if (left.length > 0) this.#steps.say(`Ended what an earlier, killed start left running: ${left.map(({ name, pid }) => `${name} (${pid})`).join(', ')}`);
  }

  async #reset() {
    this.#steps.say(`Forgetting everything in ${this.dataDir.path}: database, queues, keys and logs`);
    await endLeftStores(this.dataDir);
    removePostgresData(this.dataDir);
    this.dataDir.clear();
    this.dataDir.open();
  }

  async #install() {
    if (packagesAreInstalled()) return;
    await this.#step('Packages (npm ci)', () => installPackages({ signal: this.#interruption.signal }), { patience: 'the first time takes a minute or so' });
  }

  async #build() {
    const { ok, output } = await nx(['run-many', '-t', 'build', '--output-style=static'], { signal: this.#interruption.signal });
    if (!ok) throw new Error(`The build failed:\n${output.trim()}`);
  }

  #addStores({ env, note }) {
    this.#env = { ...this.#env, ...env };
    return { note };
  }

  async #migrate() {
    this.#env = { ...this.#env, ...developmentKeys(this.dataDir, this.#env) };
    const { ok, output } = await runScript('dist/apps/ctl/main.js', ['migrate', 'up'], { env: this.#env, signal: this.#interruption.signal });
    if (!ok) throw new Error(`The migrations failed:\n${output.trim()}`);
    const applied = output.split('\n').filter((line) => line.startsWith('applied ')).length;
    return { note: applied === 0 ? 'nothing new' : `${applied} applied` };
  }

  async #prepare() {
    const file = await gatewayFile(this.dataDir, this.#settings.gatewayConfig, this.#env);
    this.#env.GATEWAY_CONFIG = file.path;
    return { ...file, note: file.isDemo ? 'a demo: nothing else was named' : file.path };
  }

  async #startServices() {
    this.#services = this.#plan.map((planned) => this.#service(planned));
    await Promise.all(this.#services.map((service) => service.start(this.#interruption.signal)));
  }

  #service({ app, name, port, variable }) {
    const host = ['0.0.0.0', '::'].includes(this.#settings.host) ? '127.0.0.1' : this.#settings.host;
    return new Service({
      name,
      main: `dist/apps/${app}/main.js`,
      env: { SPOOL_DIR: this.dataDir.at('spool'), ...this.#env, [variable]: String(port) },
      url: `http://${host}:${port}`,
      log: this.dataDir.at('logs', `${name}.log`),
      notes: this.#notes,
      say: (line) => this.#steps.say(line),
      giveUp: (error) => this.#interruption.fail(error),
    });
  }

  async #stopService(service, how) {
    try {
      await service.stop(how);
      this.#steps.say(`${service.name} stopped`);
    } catch (error) {
      this.#steps.say(error.message);
    }
  }
}
