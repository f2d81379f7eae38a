import { checkSupport } from 'molmo2-webgpu';

export const dynamic = 'force-dynamic'; // asked anew for every request

/** What the server itself can compute with. */
export async function GET() {
  return Response.json(await checkSupport());
}
