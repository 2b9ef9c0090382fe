alter table sessions drop column network;
