//! The client library's stack over a connector of ours, so that a static binary can resolve names.
//!
//! Logging in, certificates and the server's address are the library's layers, in the library's order.

use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, Write};
use hyper_util::{
    client::{
        legacy::{
            self,
            connect::{
                Connection, HttpConnector,
                proxy::{SocksV5, Tunnel},
            },
        },
        proxy::matcher::Matcher,
    },
    rt::TokioExecutor,
};
use kube::{
    Client, Config, Error,
    client::{Body, ConfigExt as _},
};
use tower::{BoxError, Service, ServiceBuilder};

/// How long to wait for a connection, as the peer's library does.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// A client of this server, through the proxy that the configuration names.
pub(super) fn client(config: &Config) -> Result<Client, Error> {
    #[cfg(target_os = "linux")]
    let mut tcp = HttpConnector::new_with_resolver(super::names::Names::of_the_system());
    #[cfg(not(target_os = "linux"))]
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let Some(proxy) = &config.proxy_url else {
        return stack(config, tcp);
    };
    match proxy.scheme_str() {
        Some("http") => stack(config, tunnel(proxy, tcp)),
        Some("https") => {
            let tls = config.rustls_https_connector_with_connector(tcp)?;
            stack(config, tunnel(proxy, tls))
        }
        Some("socks5") => stack(config, SocksV5::new(proxy.clone(), tcp)),
        _ => Err(Error::ProxyProtocolUnsupported {
            proxy_url: Box::new(proxy.clone()),
        }),
    }
}

fn tunnel<C>(proxy: &Uri, connector: C) -> Tunnel<C> {
    let tunnel = Tunnel::new(proxy.clone(), connector);
    let all = Matcher::builder().all(proxy.to_string()).build();
    // Any address will do: it is only asked for the password in the proxy's own.
    let intercept = all.intercept(&Uri::from_static("https://kubernetes"));
    match intercept.as_ref().and_then(|intercept| intercept.basic_auth()) {
        Some(password) => tunnel.with_auth(password.clone()),
        None => tunnel,
    }
}

fn stack<C>(config: &Config, connector: C) -> Result<Client, Error>
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + Read + Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<BoxError>,
{
    let tls = config.rustls_https_connector_with_connector(connector)?;
    let http = legacy::Client::builder(TokioExecutor::new()).build::<_, Body>(tls);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(http);
    Ok(Client::new(service, config.default_namespace.clone()))
}
