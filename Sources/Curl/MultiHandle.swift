import CCurl

/// The `CURLM` handle of a client, freed when the client and all its ``WakeUp`` values are released.
///
/// Unchecked: the client calls every function on its one thread, except `curl_multi_wakeup`, which the manual
/// permits on any thread.
final class MultiHandle: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer

    private static let library: Void = {
        let status = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        precondition(status == CURLE_OK, "unable to initialize libcurl")
    }()

    init() {
        Self.library
        guard let handle = curl_multi_init() else { fatalError("libcurl is out of memory") }
        self.handle = handle
    }

    deinit {
        curl_multi_cleanup(handle)
    }

    func set(_ option: CURLMoption, _ value: Int) {
        let status = pm_curl_multi_set_long(handle, option, value)
        precondition(status == CURLM_OK, "libcurl lacks a required option")
    }
}

/// Ends the wait of an ``HTTPClient`` from any thread.
package struct WakeUp: Sendable {
    let multi: MultiHandle

    /// Makes the current wait, or the next one, return at once.
    ///
    /// The corresponding C function is `curl_multi_wakeup`.
    package func callAsFunction() {
        curl_multi_wakeup(multi.handle)
    }
}
