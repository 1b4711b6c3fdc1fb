import Glibc
import PMFlow
import PMPipe
import PolymarketAPI

/// The files of limiters that processes share: one for each route, and one for each service.
package struct LimiterFiles: Sendable {
    var routes: [Route: LimiterFile] = [:]
    var hosts: [APIHost: LimiterFile] = [:]

    package init() {}
}

/// The directory of the limiters' files, one for each host and route, `gamma-markets@gamma-api.polymarket.com.limit`, and
/// one for each host, `gamma@gamma-api.polymarket.com.limit`.
///
/// The next run, and every process on this machine that uses the same directory, continues from them.
package enum LimiterDirectory {
    /// Opens the files of all routes.
    ///
    /// - Parameter directory: Created if it is missing.
    package static func open(_ directory: String, for bases: APIBases) throws(StageError) -> LimiterFiles {
        if mkdir(directory, 0o755) != 0, errno != EEXIST { throw .unable(to: "make directory \(directory)") }
        var files = LimiterFiles()
        for route in Route.allCases {
            files.routes[route] = try file(for: route.rawValue, of: route.host, in: directory, bases)
        }
        for host in APIHost.allCases {
            files.hosts[host] = try file(for: host.rawValue, of: host, in: directory, bases)
        }
        return files
    }

    /// - Returns: `nil` for a service that is not used.
    private static func file(
        for name: String, of host: APIHost, in directory: String, _ bases: APIBases
    ) throws(StageError) -> LimiterFile? {
        guard let authority = bases.authority(of: host) else { return nil }
        let path = "\(directory)/\(name.split(separator: "/").joined(separator: "-"))@\(authority).limit"
        guard let file = LimiterFile(path) else { throw .unable(to: "open \(path)") }
        return file
    }
}
