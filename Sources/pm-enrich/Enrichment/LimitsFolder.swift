import Glibc
import PMFlow
import PMPipe
import PolymarketAPI

/// The folder in which the limits of services are kept, a file for each host and route: for the next run, and for every
/// process on this machine that is given the same folder.
package enum LimitsFolder {
    /// - Parameter directory: Made if it is missing.
    package static func ledgers(
        of bases: APIBases, in directory: String
    ) throws(StageError) -> [Route: LimiterFile] {
        if mkdir(directory, 0o755) != 0, errno != EEXIST { throw .unable(to: "make directory \(directory)") }
        var ledgers: [Route: LimiterFile] = [:]
        for route in Route.allCases {
            guard let authority = bases.authority(of: route.host) else { continue }
            let name = route.rawValue.split(separator: "/").joined(separator: "-")
            let path = "\(directory)/\(name)@\(authority).limit"
            guard let file = LimiterFile(path) else { throw .unable(to: "open \(path)") }
            ledgers[route] = file
        }
        return ledgers
    }
}
