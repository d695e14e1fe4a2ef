import { createRequire } from "node:module";
import path from "node:path";

/**
 * An npm package that an install script put into a folder: { module, version }. The program ends where it is not there. Node's
 * own search is not asked, since it goes on in the folders above and would find another version.
 */
export function packageOf(folder, name) {
    const place = path.resolve(folder ?? ".", "node_modules", name);
    const load = createRequire(path.join(place, "package.json"));
    try {
        return { module: load(place), version: load("./package.json").version };
    } catch (error) {
        const absent = error.code === "MODULE_NOT_FOUND" && error.message.includes(place);
        console.error(absent ? `${name} is not in ${folder}` : `${name} in ${folder} cannot be loaded: ${error.message}`);
        process.exit(1);
    }
}
