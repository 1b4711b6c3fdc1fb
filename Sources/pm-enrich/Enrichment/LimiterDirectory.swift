import Glibc
import PMFlow
import PMPipe
import PolymarketAPI

/// The directory of the limiters' files, one for each host and route: `gamma-markets@gamma-api.polymarket.com.limit`.
///
/// The next run, and every process on this machine that uses the same directory, continues from them.
package enum LimiterDirectory {
    /// Opens the files of all routes.
    ///
    /// - Parameter directory: Created if it is missing.
    package static func open(
        _ directory: String, for bases: APIBases
    ) throws(StageError) -> [Route: LimiterFile] {
        if mkdir(directory, 0o755) != 0, errno != EEXIST { throw .unable(to: "make directory \(directory)") }
        var files: [Route: LimiterFile] = [:]
        for route in Route.allCases {
            guard let authority = bases.authority(of: route.host) else { continue }
            let name = route.rawValue.split(separator: "/").joined(separator: "-")
            let path = "\(directory)/\(name)@\(authority).limit"
            guard let file = LimiterFile(path) else { throw .unable(to: "open \(path)") }
            files[route] = file
        }
        return files
    }
}
