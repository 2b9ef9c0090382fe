import { join } from 'node:path';
import { type Service, startGateway } from '@higress/testing';
import { managementRoutes } from '../src/management/access/management-routes';
import { ManagementModule } from '../src/management/management.module';
import { type House, openHouse } from './open-house';
import { type Landscape, layOut } from './route-walk/landscape';
import { walk } from './route-walk/walk';

const ROUTES = managementRoutes(ManagementModule);
/** The walk makes more failures in a minute than any caller should. */
const env = { RATE_LIMIT_IP_RPM: '0' };

describe('a walk over every management route, as every role, with everybody’s ids', () => {
  let house: House;
  let land: Landscape;
  let careless: Service | undefined;

  beforeAll(async () => {
    house = await openHouse({ env });
    land = await layOut(house);
  });
  afterAll(async () => {
    await careless?.kill();
    await land.close();
    await house.close();
  });

  it('finds every door shut that is to be shut, and every other one open', async () => {
    expect(ROUTES.length).toBeGreaterThan(30);
    expect(await walk({ url: `${house.gateway.url}/api/v1`, routes: ROUTES, land })).toEqual([]);
  });

  it('finds the guard that is missing, where one was taken away', async () => {
    careless = await startGateway({ ...house.env, NODE_OPTIONS: `--require ${join(__dirname, 'route-walk/careless.cjs')}` });
    const findings = await walk({ url: `${careless.url}/api/v1`, routes: ROUTES.filter(({ path }) => path === '/usage' || path === '/keys' || path === '/keys/:id'), land });
    const found = (about: string) => findings.filter((finding) => finding.startsWith(about));
    expect(found('GET /usage lets nobody in')).toHaveLength(1);
    expect(found('GET /keys/:id tells admin of what belongs to another tenant')).toHaveLength(1);
    expect(found('GET /keys/:id tells member of what belongs to somebody else')).toHaveLength(1);
    expect(found('GET /keys shows auditor what belongs to another tenant')).not.toHaveLength(0);
    expect(findings.every((finding) => /^GET \/(usage|keys)/.test(finding))).toBe(true);
  });
});
