//! A plugin that says anything at all, in pieces of any size.
//! Seeds: age-plugin
#![no_main]

use std::io;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use sealkit_crypto::age::{
    FileKey, PluginConnection, PluginHost, PluginIdentity, PluginRecipient, Stanza, StanzaIdentity,
    StanzaRecipient,
};
use sealkit_crypto::bech32;

struct Host(Vec<u8>);
struct Pipe(Vec<u8>, usize);

impl PluginHost for Host {
    fn start(&self, _: &str, _: &str) -> io::Result<Box<dyn PluginConnection>> {
        Ok(Box::new(Pipe(self.0.clone(), 0)))
    }
}

impl PluginConnection for Pipe {
    fn send(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = &self.0[self.1..];
        let length = rest.len().min(buffer.len()).min(1 + self.1 % 61);
        buffer[..length].copy_from_slice(&rest[..length]);
        self.1 += length;
        Ok(length)
    }
}

fuzz_target!(|said: &[u8]| {
    let host: Arc<dyn PluginHost> = Arc::new(Host(said.to_vec()));
    let text = bech32::encode_upper("AGE-PLUGIN-TEST-", b"").expect("a valid prefix");
    let mut identity: PluginIdentity = text.parse().expect("a plugin's");
    identity.attach(&host);
    let _ = identity.unwrap_file_key(&[Stanza::new("test", &["arg"], b"body").expect("words")]);
    let text = bech32::encode("age1test", b"").expect("a valid prefix");
    let mut recipient: PluginRecipient = text.parse().expect("a plugin's");
    recipient.attach(&host);
    let key = FileKey::from_slice(&[7; 16]).expect("16 bytes");
    let _ = recipient.wrap_file_key(&key, &mut NoGenerator);
});

/// The client of a plugin draws nothing: the plugin does.
struct NoGenerator;

impl rand_core::TryRng for NoGenerator {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        unreachable!("nothing is drawn")
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        unreachable!("nothing is drawn")
    }
    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
        unreachable!("nothing is drawn")
    }
}

impl rand_core::TryCryptoRng for NoGenerator {}
