//! The socket that a service listens on. A file in a directory is for its owner alone, and gone afterwards.

use std::{
    fs, io,
    net::{Ipv4Addr, Ipv6Addr},
    os::unix::{fs::MetadataExt, net},
    path::{Path, PathBuf},
};

use rustix::{fs::Mode, process::umask};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::{address::Address, connection::addresses};

/// Where connections come from.
pub(super) enum Listener {
    Unix(
        UnixListener,
        #[expect(dead_code, reason = "it goes with the listener")] SocketFile,
    ),
    Tcp(TcpListener),
}

/// One that came.
pub(super) enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Listener {
    /// Begins to listen. No host is every address of this machine, as with the peer.
    pub(super) async fn bind(address: &Address) -> io::Result<Self> {
        match address {
            Address::Unix(path) => {
                let (listener, file) = unix(path)?;
                Ok(Self::Unix(UnixListener::from_std(listener)?, file))
            }
            Address::Tcp(host, port) if host.is_empty() => {
                // Both kinds of addresses where the machine has the newer one.
                match TcpListener::bind((Ipv6Addr::UNSPECIFIED, *port)).await {
                    Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                        TcpListener::bind((Ipv4Addr::UNSPECIFIED, *port)).await
                    }
                    bound => bound,
                }
                .map(Self::Tcp)
            }
            Address::Tcp(host, port) => {
                let numbers = addresses(host).await.map_err(io::Error::other)?;
                let places: Vec<_> = numbers.into_iter().map(|number| (number, *port).into()).collect();
                TcpListener::bind(&places[..]).await.map(Self::Tcp)
            }
        }
    }

    /// Waits for somebody.
    pub(super) async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Unix(listener, _) => Ok(Stream::Unix(listener.accept().await?.0)),
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // only costs time where answers are small
                let _ = stream.set_nodelay(true);
                Ok(Stream::Tcp(stream))
            }
        }
    }
}

/// Listens at a path. The mode is right from the first moment on: until the mask is back, nothing else of this process makes
/// a file.
fn unix(path: &Path) -> io::Result<(net::UnixListener, SocketFile)> {
    let before = umask(Mode::from_raw_mode(0o177));
    let listener = net::UnixListener::bind(path);
    umask(before);
    let listener = listener?;
    listener.set_nonblocking(true)?;
    Ok((listener, SocketFile::at(path)?))
}

/// Removes the file at the end, if it is still ours.
pub(super) struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl SocketFile {
    fn at(path: &Path) -> io::Result<Self> {
        Ok(Self {
            identity: identity(path)?,
            path: path.to_owned(),
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|found| found == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_file_is_for_its_owner_and_goes_with_its_server_alone() {
        let scene = tempfile::tempdir().unwrap();
        let path = scene.path().join("s.sock");
        let (listener, file) = unix(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(unix(&path).err().unwrap().kind(), io::ErrorKind::AddrInUse);
        drop(listener);
        fs::rename(&path, scene.path().join("moved")).unwrap();
        fs::write(&path, "somebody else's").unwrap();
        drop(file);
        assert!(path.exists());
        fs::remove_file(&path).unwrap();
        drop(unix(&path).unwrap());
        assert!(!path.exists());
    }
}
