import Glibc
import PMFlow
import PMJSON
import PMPipe
import PolymarketAPI

/// What was learned of the services' limits, kept from run to run: `limits.json` in a folder.
package struct LimiterMemory: Sendable {
    package private(set) var routes: [Route: WindowLedger.Memory] = [:]
    private let path: String

    /// - Parameter directory: Made if it is missing. A file that cannot be read is taken to be none.
    package init(directory: String) throws(StageError) {
        if mkdir(directory, 0o755) != 0, errno != EEXIST { throw .unable(to: "make directory \(directory)") }
        path = "\(directory)/limits.json"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0, let json = try? JSON(Array(bytes[..<count])) else { return }
        for route in Route.allCases {
            guard let quota = json[route.rawValue]?["quota"]?.double, 1...1e6 ~= quota else { continue }
            routes[route] = WindowLedger.Memory(quota: quota, limit: json[route.rawValue]?["limit"]?.integer)
        }
    }

    /// Written beside and renamed, so that another process sees the old file or the new one. Routes that were not
    /// asked keep what is known of them.
    package func keep(_ requests: RequestQueue) {
        var writer = JSONWriter()
        writer.object { object in
            for route in Route.allCases {
                let memory = requests.memory(of: route)
                object.key(route.rawValue)
                object.object { entry in
                    entry.member("quota", raw: String(memory.quota).utf8)
                    entry.member("limit", memory.limit)
                }
            }
        }
        let draft = "\(path).\(getpid())"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return }
        let count = writer.bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        if count == writer.bytes.count { rename(draft, path) } else { unlink(draft) }
    }
}
